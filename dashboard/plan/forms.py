"""Drafts of scenarios: what the controls of a page hold, what is wrong with it, what it would change."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import tomli_w
from pydantic import ValidationError

from dashboard.faults import tell_rule
from dashboard.i18n import catalogue, pick, t
from dashboard.plan.played import play
from simulation.experiment import plan_period
from simulation.scenario import MEASURES, Measure, Scenario
from twin.calendar import list_unknown_years
from twin.district import District
from twin.faults import Fault

NAME = "plan"
MOST_MEASURES = 120
Draft = list[dict[str, Any]]
#: Rules of names that stand in the district itself.
NAMES = {
    f"{name} unknown"
    for name in (
        *("place", "area", "township", "village", "road"),
        *("unit", "from_unit", "to_unit", "matter", "item", "service", "duty"),
    )
}
CHANGED = ("routes", "mandates", "duties", "matters", "grids", "roads")


def collect_draft(ids: Sequence[Any], values: Sequence[Any]) -> Draft:
    """The draft from the controls of a page, in the order of their numbers; unknown ones are left out.

    Of more measures than a form holds one too many is kept, so that the draft is refused in words.
    """
    found: dict[int, dict[str, Any]] = {}
    for name, value in zip(ids, values, strict=False):
        if isinstance(name, dict) and isinstance(name.get("n"), int):
            found.setdefault(name["n"], {})[str(name.get("field"))] = value
    rows = [found[n] for n in sorted(found)][: MOST_MEASURES + 1]
    known = [row for row in rows if isinstance(row.get("measure"), str) and row["measure"] in MEASURES]
    return [_read_switch(row) for row in known]


def _read_switch(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose switch is off says so; any other says nothing of it, as a file does."""
    off = {"enabled": False} if row.get("enabled", True) in ([], False) else {}
    return {key: value for key, value in row.items() if key != "enabled"} | off


def is_on(row: Mapping[str, Any]) -> bool:
    """Whether a row of a draft is put in force."""
    return row.get("enabled", True) is not False


def count_on(draft: Draft) -> tuple[int, int]:
    """How many measures are on, and how many are off."""
    on = sum(is_on(row) for row in draft)
    return on, len(draft) - on


def drop_off(scenario: Scenario) -> Scenario:
    """A scenario without the measures that are off: what is run, so that both share a result."""
    return scenario.model_copy(update={"measures": scenario.in_force})


def tell_empty(scenario: Scenario | None, lang: str) -> str:
    """Why there is nothing to run: no measure, or none that is on."""
    return t("plan.all_off" if scenario and scenario.measures else "plan.nothing_text", lang)


def name_draft(draft: Draft) -> str:
    """What a draft holds, hashed, with what is off."""
    return hashlib.sha256(json.dumps(draft, sort_keys=True, default=str).encode()).hexdigest()


class Told(NamedTuple):
    """What is wrong with one measure: its number from 1, the field (blank: the whole), words, and a line."""

    number: int
    field: str
    words: str
    line: str


def read_draft(title: Any, draft: Draft, district: District, lang: str) -> tuple[Scenario | None, list[Told]]:
    """The scenario of a draft, or everything that is wrong with it, in the reader's words."""
    if len(draft) > MOST_MEASURES:
        words = t("plan.too_many_measures", lang, most=MOST_MEASURES)
        return None, [Told(MOST_MEASURES + 1, "", words, words)]
    measures, faults = read_measures(list(enumerate(draft, 1)), district, lang)
    if faults:
        return None, faults
    text = str(title).strip()[:80] if isinstance(title, str) else ""
    return Scenario(name=NAME, title=text, measures=tuple(measures)), []


def read_measures(
    rows: Sequence[tuple[int, Mapping[str, Any]]], district: District, lang: str
) -> tuple[list[Measure], list[Told]]:
    """The measures of numbered rows and all that is wrong with them, by number.

    Where a field is wrong, the other measures are still asked for names that the district does not have: what
    they say does not depend on the one that could not be read, unless that one makes grids.
    """
    read: dict[int, Measure] = {}
    told: list[Told] = []
    for number, row in rows:
        values = {key: value for key, value in row.items() if key != "measure" and value not in (None, "")}
        wrong = find_wrong(number, row["measure"], values, lang)
        told += wrong
        if not wrong:
            read[number] = MEASURES[row["measure"]](**values)
    unread = [MEASURES[row["measure"]] for number, row in rows if number not in read]
    sure = NAMES - ({"place unknown"} if any("grids" in kind.touches for kind in unread) else set())
    numbers, measures = list(read), list(read.values())
    faults = [(numbers[place - 1], fault) for place, fault in play(measures, district).faults]
    told += [
        _explain_fault(number, read[number], fault, lang)
        for number, fault in faults
        if not unread or fault.rule in sure
    ]
    return measures, sorted(told, key=lambda one: one.number)


def find_wrong(number: int, kind: str, values: Mapping[str, Any], lang: str) -> list[Told]:
    """Every field of a measure that its schema refuses."""
    try:
        MEASURES[kind](**values)
    except ValidationError as error:
        return [_explain(number, MEASURES[kind], item, lang) for item in error.errors()]
    return []


def read_scenario(
    title: Any, draft: Draft, district: District, lang: str
) -> tuple[Scenario | None, list[str]]:
    """The same with each fault as one line that names measure and field."""
    scenario, faults = read_draft(title, draft, district, lang)
    return scenario, [told.line for told in faults]


def _explain(number: int, model: type[Measure], item: Mapping[str, Any], lang: str) -> Told:
    name = str(item["loc"][0]) if item["loc"] else ""
    entry = model.model_json_schema()["properties"].get(name, {"title": name})
    label = pick(lang, entry["title"], entry.get("title_en", ""))
    known = catalogue(lang).get(f"plan.error_{item['type']}")
    words = known.format(**item.get("ctx", {})) if known else item["msg"]
    line = f"{number} {pick(lang, model.title_zh, model.title_en)} · {label}：{words}"
    return Told(number, name, words, line)


def _explain_fault(number: int, measure: Measure, fault: Fault, lang: str) -> Told:
    words = tell_rule(fault, lang)
    field = fault.row if fault.row in type(measure).model_fields else ""
    where = f"（{fault.row}）" if fault.row and not field else ""
    line = f"{number} {pick(lang, measure.title_zh, measure.title_en)}：{words}{where}"
    return Told(number, field, f"{words}{where}", line)


def recall_faults(rows: Any) -> list[Told]:
    """Faults from what a page sends back; what is not a fault is passed over."""
    names = set(Told._fields)
    rows = rows if isinstance(rows, list) else []
    return [Told(**row) for row in rows if isinstance(row, dict) and set(row) == names]


def place_faults(
    faults: Sequence[Told], fields: Sequence[Any], cards: Sequence[Any]
) -> tuple[list[str], list[str]]:
    """The words at each control and at each card, in the order of their ids; blank where all is well."""

    def join(number: Any, field: str) -> str:
        return "；".join(told.words for told in faults if (told.number - 1, told.field) == (number, field))

    return [join(i["n"], i["field"]) for i in fields], [join(i["n"], "") for i in cards]


def load_draft(text: str) -> tuple[str, Draft]:
    """Title and draft of a scenario file."""
    scenario = Scenario.from_toml(text)
    return scenario.title or scenario.name, scenario.to_plain()["measures"]


def write_toml(scenario: Scenario) -> str:
    """A scenario as TOML, by the writer of the standard's format."""
    return tomli_w.dumps({k: v for k, v in scenario.to_plain().items() if v not in (None, "")})


def describe_change(district: District, scenario: Scenario, lang: str) -> list[str]:
    """What a scenario changes against the district, in sentences: posts, hours, demand, rules, days."""
    stages = play(scenario.measures, district).stages
    changed = stages[-1][1]
    before, after = (d.posts.set_index("post_id") for d in (district, changed))
    filled = [int((frame["filled"] == 1).sum()) for frame in (before, after)]
    same = after.reindex(before.index)
    moved = int((before["unit"] != same["unit"]).sum())
    retimed = int((before["shift"] != same["shift"]).sum())
    key = "total_same" if filled[0] == filled[1] else "total_differs"
    lines = [t(f"plan.{key}", lang, before=f"{filled[0]:,}", after=f"{filled[1]:,}")]
    if moved:
        units = len(
            {
                *before.loc[before["unit"] != same["unit"], "unit"],
                *same.loc[before["unit"] != same["unit"], "unit"],
            }
        )
        lines.append(t("plan.moved", lang, posts=f"{moved:,}", units=f"{units:,}"))
    if retimed:
        lines.append(t("plan.retimed", lang, posts=f"{retimed:,}"))
    if len(changed.demand_changes) > len(district.demand_changes):
        lines.append(t("plan.demand_changes", lang))
    lines += [
        t(f"plan.changed_{name}", lang)
        for name in CHANGED
        if getattr(changed, name) is not getattr(district, name)
    ]
    days = [day.isoformat() for day, _ in stages if day]
    return [*lines, t("plan.staged", lang, days=join_words(days, lang))] if days else lines


def join_words(words: Sequence[str], lang: str) -> str:
    """Words in a row, as a language separates them."""
    return ("、" if lang == "zh" else ", ").join(words)


def describe_dates(scenario: Scenario, start: Any, days: Any, lang: str) -> list[str]:
    """A warning for measures that come into force after the days asked for; odd dates say nothing."""
    try:
        end = date.fromisoformat(start) + timedelta(days=max(1, int(days)))
    except (TypeError, ValueError, OverflowError):
        return []
    late = [
        f"{number} {pick(lang, measure.title_zh, measure.title_en)}"
        for number, measure in enumerate(scenario.measures, 1)
        if measure.enabled and measure.effective_from and measure.effective_from >= end
    ]
    return [t("plan.too_late", lang, measures=join_words(late, lang))] if late else []


def describe_calendar(district: District, start: Any, days: Any, lang: str) -> list[str]:
    """A warning where the work calendar knows nothing of a year of the period; blank dates say nothing."""
    try:
        period = plan_period(district, date.fromisoformat(start), max(1, int(days)))
        years = list_unknown_years(district.settings, district.calendar, period.origin, period.simulated_days)
    except (TypeError, ValueError, OverflowError):
        return []
    named = join_words([str(year) for year in years], lang)
    return [t("plan.unknown_years", lang, years=named)] if years else []
