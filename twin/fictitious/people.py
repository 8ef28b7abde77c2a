"""Households, residents and the reports expected from every grid."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.fictitious.hierarchy import Hierarchy
from twin.fictitious.naming import Named
from twin.fictitious.templates import Template, read_rows, read_table

STEPS_PER_UNIT = 10_000


def settle_people(
    named: Named, rules: Template, share: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Households and residents of each grid; the totals are the rules' figures times `share`."""
    counts, form = rules["counts"], rules["settlement"]
    kind = named.grids["kind"].to_numpy()
    households = np.zeros(len(kind))
    urban, rural, dedicated = (kind == k for k in ("urban", "rural", "dedicated"))
    households[urban] = form["urban_households"] * np.exp(rng.normal(0, form["urban_spread"], urban.sum()))
    special = read_table("names_grids.csv")["households"].astype(float).to_numpy()
    places = named.grids["place"].to_numpy(dtype=int)[dedicated]
    households[dedicated] = special[places] * np.exp(rng.normal(0, 0.3, dedicated.sum()))
    left = round(counts["households"] * share) - households.sum()
    spread = np.exp(rng.normal(0, form["rural_spread"], rural.sum()))
    households[rural] = left * spread / spread.sum()
    whole = round_to_total(households, round(counts["households"] * share))
    size = np.where(rural, form["household_rural"], form["household_urban"])
    size = size * np.exp(rng.normal(0, 0.05, len(size)))
    people = whole * size
    total = round(counts["residents"] * share)
    return whole, round_to_total(people * total / people.sum(), total)


def round_to_total(values: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Whole numbers nearest to the values that sum to the total (largest remainders)."""
    scaled = values * total / values.sum()
    whole = np.floor(scaled).astype(np.int64)
    order = np.argsort(whole - scaled, kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return np.asarray(whole)


def expect_reports(
    named: Named,
    hierarchy: Hierarchy,
    population: NDArray[np.int64],
    demand: Template,
    share: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Reports a working day by grid and matter; each matter's total is its share of all reports."""
    intensity = _vary_intensity(named, hierarchy, population, demand, rng)
    kinds = named.grids["kind"].to_numpy()
    frames = []
    for row in read_rows("mix.csv"):
        setting = pd.Series(kinds).map({k: float(row[k]) for k in ("urban", "rural", "dedicated")}).to_numpy()
        total = round(demand["reports_per_day"] * share * float(row["share"]) * STEPS_PER_UNIT)
        steps = round_to_total(intensity * setting, total)
        frames.append(
            pd.DataFrame(
                {"area": named.grids["code"], "matter": row["matter"], "per_day": steps / STEPS_PER_UNIT}
            )
        )
    table = pd.concat(frames)
    return table.sort_values(["area", "matter"], kind="stable").reset_index(drop=True)


def _vary_intensity(
    named: Named,
    hierarchy: Hierarchy,
    population: NDArray[np.int64],
    demand: Template,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Relative number of reports of each grid: people to a power, uneven between townships and grids."""
    visitors = np.where(named.grids["kind"] == "dedicated", demand["dedicated_visitors"], 0)
    townships = int(hierarchy.township.max()) + 1
    between = np.exp(rng.normal(0, demand["township_spread"], townships))[hierarchy.township]
    within = np.exp(rng.normal(0, demand["grid_spread"], len(population)))
    return np.asarray((population + visitors) ** demand["population_power"] * between * within)
