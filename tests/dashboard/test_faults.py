"""What is refused is told in the reader's language, with the numbers of the rule."""

import re
from collections.abc import Callable

import pytest

from dashboard.faults import tell_error, tell_fault, tell_text
from dashboard.i18n import LANGUAGES
from hub.gridding import Obstacle
from hub.studies import STUDIES
from hub.studies.grids import WORDS, tell_obstacle
from simulation.diagnosis.subject import find_subject
from simulation.optimising.problem import Question
from simulation.shifts.proposal import find_pools
from simulation.siting.survey import SitingQuestion, survey_district
from twin.district import District
from twin.faults import DistrictFaults, Fault

START = {"start": "2026-09-01"}
WINDOW = {**START, "days": 0, "replications": 1000, "seed": 1}
TOO_MANY = ("few", "many", "large")
GRIDS = {"villages": [], "balance": "luck", "source": "air", "count": 0, "seed": -1}


def catch(act: Callable[[], object]) -> DistrictFaults:
    """What an act refuses."""
    with pytest.raises(DistrictFaults) as caught:
        act()
    return caught.value


def list_refusals(district: District) -> list[DistrictFaults]:
    """What the studies of a planner refuse."""
    services = tuple(district.services["service"][:1])
    acts = [
        lambda: STUDIES["experiment"].check({**WINDOW, "scenarios": ['name = "a"'] * 7}),
        lambda: STUDIES["playback"].check({**WINDOW, "scenarios": ['name = "a"', 'name = "a"']}),
        lambda: STUDIES["baseline"].check(WINDOW),
        lambda: STUDIES["diagnosis"].check({**WINDOW, "code": "X", "days": 900}),
        lambda: STUDIES["siting"].check({**WINDOW, "services": services}),
        lambda: STUDIES["shifts"].check({**WINDOW, "role": ""}),
        lambda: STUDIES["grids"].check(GRIDS),
        lambda: STUDIES["optimise"].check({**WINDOW, "posts": 0, "objective": "luck", "source": "air"}),
        lambda: Question(
            0, "luck", "within", floor=-1, floor_share=2, post_kind="none", weights={"load": -1}
        ).check(district),
        lambda: Question(1, source="within", within="nowhere").check(district),
        lambda: SitingQuestion((), 0, "luck", 0, "nowhere", "air").check(district),  # type: ignore[arg-type]
        lambda: survey_district(district, SitingQuestion(services, 60, where="T1")),
        lambda: find_pools(district, "nobody"),
        lambda: find_subject(district, "X"),
    ]
    obstacles = [Obstacle(rule, "" if rule in TOO_MANY else "990101001001", 3) for rule in WORDS]
    return [*(catch(act) for act in acts), DistrictFaults([tell_obstacle(one) for one in obstacles])]


def test_every_refusal_of_a_study_is_told_in_chinese_without_an_english_word(demo_district: District) -> None:
    for error in list_refusals(demo_district):
        told = tell_error(error, "zh")
        assert not re.findall(r"[a-z]{3,}", told.replace("nowhere", "").replace("nobody", "")), told
        assert "{" not in told and "[" not in tell_error(error, "en")


def test_bounds_are_told_with_the_name_of_the_field() -> None:
    error = catch(lambda: STUDIES["siting"].check({**WINDOW, "services": ["S"]}))
    assert tell_error(error, "zh") == "天数须在 1 至 60 之间；重复次数须在 1 至 60 之间"
    assert tell_error(error, "en") == "days must be between 1 and 60; replications must be between 1 and 60"


def test_faults_that_a_job_wrote_into_its_message_are_told_as_if_they_were_raised(
    demo_district: District,
) -> None:
    for error in list_refusals(demo_district):
        for lang in LANGUAGES:
            assert tell_text(str(error), lang) == tell_error(error, lang)
    assert tell_text("no fault at all", "zh") == "no fault at all"


def test_a_measure_s_fault_is_told_by_the_name_of_the_measure() -> None:
    fault = Fault("scenario move_posts", "U9", "from_unit unknown", "no unit U9")
    assert tell_fault(fault, "zh") == "减区增乡：没有这个调出单位 (U9)"
    assert (
        tell_fault(Fault("roads", "7", "never heard of", "mend it"), "zh")
        == "roads [7]: never heard of: mend it"
    )
