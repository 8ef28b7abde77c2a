"""Two sides of a result: a scenario, and what it is set against."""

from dataclasses import dataclass

import pandas as pd

from simulation.experiment import ExperimentResult
from simulation.scenario import BASELINE


@dataclass(frozen=True, eq=False)
class Sides:
    """Names of two sides, the means of both, and the paired differences of `scenario` less `against`."""

    scenario: str
    against: str
    levels: pd.DataFrame
    gaps: pd.DataFrame


def first_sides(result: ExperimentResult) -> Sides:
    """The first scenario against the district as it is, as `differences` tells it."""
    names = result.differences["scenario"]
    first = str(names.iloc[0]) if len(names) else ""
    return Sides(first, BASELINE.name, result.indicators, result.differences[names == first])


def pick_sides(result: ExperimentResult, scenario: str, against: str) -> Sides:
    """Any two sides, as `contrasts` tells them: all pairs of the result hold together."""
    table = result.contrasts
    forth = table[(table["scenario"] == scenario) & (table["against"] == against)]
    back = table[(table["scenario"] == against) & (table["against"] == scenario)]
    turned = back.assign(mean=-back["mean"], low=-back["high"], high=-back["low"])
    levels = pd.concat([result.indicators, result.details], ignore_index=True)
    levels = levels[levels["scenario"].isin([scenario, against])]
    return Sides(scenario, against, levels, pd.concat([forth, turned], ignore_index=True))
