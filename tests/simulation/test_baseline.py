"""The default district as it is: what its planners start from."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from simulation.describe import describe_district
from simulation.experiment import IDS, plan_period, run_replication
from simulation.scenario import BASELINE
from twin.indicators import list_scopes
from twin.load import load_district

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"


@pytest.mark.slow
def test_on_time_closure_of_the_default_district_is_between_74_and_85_percent_in_every_season() -> None:
    district = load_district(DEMO)
    kinds = list_scopes(district)["scope_kind"].to_numpy()
    column = IDS.index("on_time_closure")
    for start in (date(2026, 5, 11), date(2026, 9, 7)):
        period = plan_period(district, start, 14)
        rates = [
            run_replication(district, (BASELINE, period, seed, 0)).values[kinds == "district", column][0]
            for seed in (1, 2)
        ]
        print(f"FIGURE {start}: on-time closure {np.round(rates, 4)}")
        assert 0.74 <= min(rates) <= max(rates) <= 0.85


def test_check_prints_the_counts_and_the_utilisation_of_every_tier() -> None:
    text = describe_district(load_district(DEMO))
    print(text)
    for words in ("18 townships and streets", "240 villages and communities", "1,240 grids"):
        assert words in text
    for tier in ("district  department", "township  squad", "village   committee"):
        assert tier in text
