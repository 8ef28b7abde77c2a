"""An edit moves only what it touches: one township's enforcement shift leaves most others identical."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from simulation.experiment import plan_period, play_scenario, replication_seed
from simulation.log.record import build_log
from simulation.scenario import BASELINE, Scenario, SetShift
from twin.district import District
from twin.load import load_district

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"
START, DAYS = date(2026, 5, 11), 14
SQUADS = ("squad_urban", "squad_market", "squad_ecology", "squad_building", "squad_land")
PRIVATE = ["event_id", "scenario", "run_id"]  # numbers and names of the run, not of the case


def play_log(district: District, scenario: Scenario) -> pd.DataFrame:
    """The log of one replication, without what names the run; township and tier of closing by case added."""
    period = plan_period(district, START, DAYS)
    log = build_log(play_scenario(district, scenario, period, replication_seed(1, 0)))
    grids = district.places.set_index("grid")["township"]
    return log.assign(township=log["grid"].astype(str).map(grids), case=log["case_id"].astype(str)).drop(
        columns=PRIVATE
    )


def list_village_closed(log: pd.DataFrame) -> set[str]:
    """Cases whose handling ended at the village, or on the spot, and that are closed."""
    closed = set(log.loc[log["state"].isin(["closed", "self_handled"]) & (log["phase"] == "done"), "case"])
    above = log["state"].isin(["handling", "handled"]) & log["tier"].isin(["township", "district"])
    return closed - set(log.loc[above, "case"])


def fingerprint(log: pd.DataFrame) -> pd.Series:
    """One hash a case over the bytes of all its rows."""
    rows = pd.util.hash_pandas_object(log.drop(columns=["township"]), index=False)
    return rows.groupby(log["case"]).sum()


@pytest.mark.slow
def test_a_later_enforcement_shift_changes_its_township_and_leaves_village_closed_cases_of_most_others() -> (
    None
):
    district = load_district(DEMO)
    before = play_log(district, BASELINE)
    prints = fingerprint(before)
    home = before.groupby("case")["township"].first()
    townships = sorted(home.unique())
    village = list_village_closed(before)
    shares = {}
    for township in townships:
        later = SetShift(place=township, roles=SQUADS, minutes_later=120)
        scenario = Scenario(name=f"later in {township}", measures=(later,))
        after = fingerprint(play_log(district, scenario)).reindex(prints.index)
        changed = prints.index[(after != prints).to_numpy()]
        assert (home[changed] == township).any(), f"{township}: nothing changed there"
        touched = set(home[[case for case in changed if case in village]]) - {township}
        shares[township] = len(townships) - 1 - len(touched)
        counts = home[changed].value_counts()
        print(
            f"FIGURE later shift in {township}: {counts.get(township, 0)} cases changed there, "
            f"{counts.sum()} in all; village-closed cases identical in {shares[township]} of 17 others"
        )
    assert min(shares.values()) >= 12
