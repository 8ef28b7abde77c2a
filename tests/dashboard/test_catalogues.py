"""Both languages hold the same keys, the same blanks, and every key that the code asks for."""

import re
from pathlib import Path

from dashboard.i18n import catalogue
from dashboard.live.layout import gather_texts
from simulation.scenario import MEASURES
from twin.eventlog import STATES

BLANK = re.compile(r"\{(\w+)\}")


def test_both_catalogues_hold_the_same_keys_and_blanks() -> None:
    chinese, english = catalogue("zh"), catalogue("en")
    assert chinese.keys() == english.keys()
    for key, text in chinese.items():
        assert sorted(BLANK.findall(text)) == sorted(BLANK.findall(english[key])), key


def test_every_key_in_the_code_is_in_the_catalogues(root: Path) -> None:
    known = catalogue("zh")
    pattern = re.compile(r"""\bt\(\s*["']([a-z]+\.[\w%]+)["']""")
    asked = {
        key for path in (root / "dashboard").rglob("*.py") for key in pattern.findall(path.read_text("utf-8"))
    }
    assert len(asked) > 40
    assert asked <= known.keys(), asked - known.keys()
    scripts = [path.read_text("utf-8") for path in (root / "assets").glob("wall*.js")]
    spoken = {key for script in scripts for key in re.findall(r"\btr\(\"(\w+)\"[,)]", script)}
    assert {f"wall.{key}" for key in spoken} <= known.keys(), spoken


def test_every_text_that_the_scripts_of_the_operations_page_ask_for_is_sent_to_them(root: Path) -> None:
    for lang in ("zh", "en"):
        sent = gather_texts(lang)
        for path in sorted((root / "assets").glob("live*.js")):
            asked = set(re.findall(r"\btr\(\"(\w+)\"[,)]", path.read_text("utf-8")))
            assert asked and asked <= sent.keys(), (path.name, asked - sent.keys())


def test_every_measure_has_names_and_a_word_for_the_planner() -> None:
    for kind, model in MEASURES.items():
        assert model.title_zh and model.title_en
        assert f"plan.about_{kind}" in catalogue("zh")
        for entry in model.model_json_schema()["properties"].values():
            assert entry["title"] and entry["title_en"]


def test_every_state_of_a_case_has_a_word_on_the_wall_in_both_languages() -> None:
    for lang in ("zh", "en"):
        words = [catalogue(lang)[f"wall.state_{state}"] for state in STATES]
        assert len(set(words)) == len(STATES)
