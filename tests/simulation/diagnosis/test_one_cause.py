"""The diagnosis against a district whose true shares are known by formula."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulation.diagnosis.diagnose import Inquiry, diagnose
from simulation.diagnosis.output import write_diagnosis
from simulation.diagnosis.result import Diagnosis
from simulation.executors import InProcess
from simulation.scenario import Scenario
from tests.simulation.diagnosis.one_cause import A_DAY, SHARES, build_one_cause

ASKED = Inquiry("T", date(2026, 5, 11), 10, 12, 7)


@pytest.fixture(scope="module")
def found() -> Diagnosis:
    """The township of the district, twelve replications of ten days."""
    district = build_one_cause()
    *_, last = diagnose(district, ASKED, InProcess(district))
    assert isinstance(last, Diagnosis)
    return last


def test_the_shares_of_authority_hands_and_co_handlers_lie_within_their_intervals(found: Diagnosis) -> None:
    causes = found.causes.set_index("cause")
    for cause, share in SHARES.items():
        row = causes.loc[cause]
        print(
            f"FIGURE diagnosis, {cause}: {row['share']:.3f} ({row['share_low']:.3f} to "
            f"{row['share_high']:.3f}), true {share}"
        )
        assert row["share_low"] <= share <= row["share_high"], cause
        assert row["share_high"] - row["share_low"] < 0.1, cause
        late = share * A_DAY * ASKED.days
        assert row["minutes_low"] <= late <= row["minutes_high"], cause
    assert causes.loc["remainder", "share"] < 0.005


def test_causes_that_the_district_does_not_have_share_nothing(found: Diagnosis) -> None:
    none = found.causes[found.causes["touched"] == 0]
    assert sorted(none["cause"]) == ["demand", "duties", "off_hours", "returns"]
    assert (none["minutes"] == 0).all()


def test_shares_and_the_remainder_are_the_whole(found: Diagnosis) -> None:
    causes = found.causes.set_index("cause")
    parts = causes.drop(index="total")
    assert parts["share"].sum() == pytest.approx(1)
    assert parts["minutes"].sum() == pytest.approx(causes.loc["total", "minutes"])


def test_moving_posts_is_shown_to_be_the_wrong_remedy(found: Diagnosis) -> None:
    levers = found.levers.set_index("cause")
    posts, powers = levers.loc["hands"], levers.loc["authority"]
    assert powers["minutes_low"] > 4 * posts["minutes_high"]
    assert powers["points_low"] > 20
    total = found.causes.set_index("cause").loc["total", "minutes"]
    assert posts["minutes_high"] < 0.2 * total < 0.6 * total < powers["minutes_low"]


def test_the_factorial_says_powers_not_posts_and_that_they_do_not_interact(found: Diagnosis) -> None:
    effects = found.effects.set_index("effect")
    assert effects.loc["authority", "minutes_low"] > effects.loc["hands", "minutes_high"]
    together = effects.loc["hands+authority"]
    assert together["minutes_low"] - 1e-6 <= 0 <= together["minutes_high"] + 1e-6
    assert abs(together["minutes"]) < 0.01 * effects.loc["authority", "minutes"]


def test_the_same_question_gives_the_same_tables(found: Diagnosis) -> None:
    district = build_one_cause()
    few = Inquiry("T", ASKED.start, 3, 2, 7)
    *_, once = diagnose(district, few, InProcess(district))
    *_, again = diagnose(build_one_cause(), few, InProcess(build_one_cause()))
    assert isinstance(once, Diagnosis) and isinstance(again, Diagnosis)
    assert once.causes.equals(again.causes) and once.scenarios == again.scenarios
    assert not np.isnan(found.levers.loc[found.levers["scenario"] == "authority", "minutes"]).any()


def test_the_command_writes_every_table_the_scenarios_and_where_they_come_from(
    found: Diagnosis, tmp_path: Path
) -> None:
    write_diagnosis(tmp_path, found, 1.0, 2)
    causes = pd.read_csv(tmp_path / "causes.csv")
    assert causes["cause"].tolist()[-1] == "total"
    assert {p.stem for p in (tmp_path / "scenarios").glob("*.toml")} == set(found.scenarios)
    assert Scenario.from_file(tmp_path / "scenarios" / "authority.toml").measures
    facts = json.loads((tmp_path / "run.json").read_text("utf-8"))
    assert (facts["subject"], facts["workers"]) == ("T", 2) and facts["coalitions"] == "all"
