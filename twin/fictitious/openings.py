"""opening.csv: the long matters that are open when a run begins; two weeks of warm-up cannot fill them."""

import math
from typing import Any

import numpy as np
import pandas as pd

from twin.fictitious.templates import read_toml
from twin.settings import DistrictSettings

CLOCK_HOURS = {"u": 1.0, "w": 1.0, "wd": 8.0, "d": 24.0}  # hours of a clock in one of its units
WALL_HOURS = {"u": 1.0, "w": 4.2, "wd": 33.6, "d": 24.0}  # and about as many on the wall, weekends counted in


def list_opening(
    seed: int,
    demand: pd.DataFrame,
    matters: pd.DataFrame,
    routes: pd.DataFrame,
    settings: DistrictSettings,
) -> pd.DataFrame:
    """Open cases of the long matters: as many as Little's law says, aged as a renewal in equilibrium.

    A case waits at its first handling step; the wait is exponential, so its age has the same law, but for
    the cases past their limit: they are no further past it than the rules' latest_days. Columns as
    opening.csv; drawn from a generator of its own, so that nothing else of the district moves.
    """
    rules = read_toml("opening.toml")
    rng = np.random.Generator(np.random.PCG64([seed, rules["stream"]]))
    rows: list[dict[str, Any]] = []
    for item in matters[matters["matter"].isin(rules["matters"])].itertuples():
        step = _find_first(routes, item.item)
        own = demand[demand["matter"] == item.matter]
        rate = float(own["per_day"].sum()) * item.share * _count_kept(settings)
        wait = step["delay_share"] * step["delay_value"] * WALL_HOURS[step["delay_clock"]]
        count = int(rng.poisson(rate * wait / 24))
        weights = own["per_day"].to_numpy() / own["per_day"].sum()
        grids = rng.choice(own["area"].to_numpy(), size=count, p=weights)
        latest = 24.0 * rules["latest_days"]
        rows += [_open_case(rng, grid, item, step, settings, latest) for grid in grids]
    table = pd.DataFrame(rows)
    table.insert(0, "case_id", [f"open-{number:04d}" for number in range(1, len(table) + 1)])
    return table


def _find_first(routes: pd.DataFrame, item: str) -> Any:
    own = routes[(routes["item"] == item) & (routes["state"] == "handled")]
    return own.sort_values("position").iloc[0]


def _count_kept(settings: DistrictSettings) -> float:
    """The share of reports that are not settled on the spot."""
    return 1 - settings.channels.get("grid", 0.0) * settings.play.self_handled_share


def _open_case(
    rng: np.random.Generator, grid: str, item: Any, step: Any, settings: DistrictSettings, latest: float
) -> dict[str, Any]:
    """One case in its wait; its limit ran from its dispatch, half a day after the report."""
    wall = WALL_HOURS[step["delay_clock"]]
    limit = item.limit_value * WALL_HOURS[item.limit_clock]
    drawn = rng.exponential(step["delay_value"]) * wall
    waited = shorten_wait(drawn, limit, step["delay_value"] * wall, latest)
    channel = str(rng.choice(list(settings.channels), p=list(settings.channels.values())))
    return {
        "grid": grid,
        "item": item.item,
        "channel": channel,
        "age_hours": round(waited + 12, 2),
        "step": step["step"],
        "phase": "delay",
        "phase_hours": round(waited / wall * CLOCK_HOURS[step["delay_clock"]], 2),
        "post_id": "",
        "due_hours": round(limit - waited, 2),
    }


def shorten_wait(drawn: float, limit: float, mean: float, latest: float) -> float:
    """An exponential wait; one past the limit has, by the same draw, the law that is cut `latest` after it.

    Whether it is past the limit does not change. All in one unit.
    """
    if drawn <= limit:
        return drawn
    share = -math.expm1(-(drawn - limit) / mean)  # uniform among waits past the limit
    return limit - mean * math.log1p(share * math.expm1(-latest / mean))
