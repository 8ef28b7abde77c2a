"""All draws of a replication's reports -> a table of cases; vectorised, nothing depends on case order."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import gammaincinv

from simulation.draws import combine, mix_array, name_key, purpose_key, uniform_array
from twin.calendar import DAY, HOUR, list_working_days
from twin.district import District


@dataclass(frozen=True)
class Cases:
    """The reports of one replication, one entry a case, ordered by time.

    time (seconds from the origin), grid and item and channel (indices into the district's tables),
    key (uint64, stable across scenarios), self_handled (bool); spot is the place in the grid (row of
    `District.spots`; None: the grid's middle), duplicate_of the earlier case that it repeats (-1 none).
    """

    origin: date
    seed: int
    time: np.ndarray
    grid: np.ndarray
    item: np.ndarray
    channel: np.ndarray
    key: np.ndarray
    self_handled: np.ndarray
    spot: np.ndarray | None = None
    duplicate_of: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True)
class _Stream:
    rate: np.ndarray
    number: int
    first: int = 0
    last: int = 1 << 30
    thin: np.ndarray | None = None


def sample_cases(district: District, start: date, days: int, seed: int) -> Cases:
    """The cases reported on so many days from a start: non-homogeneous Poisson by grid and matter.

    Counts a day are Poisson with the day's mean (day off factor, gamma day factor shared in a township);
    hours follow the hourly profile; every draw is keyed by (grid, matter, day, ordinal, stream).
    """
    base = _base_rates(district)
    parts = [
        _sample_stream(district, stream, start, days, seed)
        for stream in _list_streams(district, base, start, days)
    ]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort((columns[3], columns[0]))
    time, grid, matter, key = (column[order] for column in columns)
    item = _pick_items(district, matter, key, seed)
    channel, self_handled = _pick_channels(district, key, seed)
    if not district.settings.demand.hotspot_share:
        return Cases(start, seed, time, grid, item, channel, key, self_handled)
    spot = pick_spots(district, grid, matter, key, seed)
    duplicate_of = find_duplicates(district, time, grid, matter, spot, self_handled)
    return Cases(start, seed, time, grid, item, channel, key, self_handled, spot, duplicate_of)


def _base_rates(district: District) -> pd.DataFrame:
    """Demand rows as arrays: grid index, matter index, per_day, and the key of the pair."""
    grids = {code: number for number, code in enumerate(district.grids["code"])}
    matters = {code: number for number, code in enumerate(district.matters["matter"].unique())}
    rows = district.demand
    rows = rows[rows["per_day"] > 0]
    keys = {code: name_key(code) for code in {*rows["area"].unique(), *rows["matter"].unique()}}
    pair = rows["area"].map(keys).to_numpy(np.uint64) ^ mix_array(
        rows["matter"].map(keys).to_numpy(np.uint64)
    )
    return pd.DataFrame(
        {
            "grid": rows["area"].map(grids).to_numpy(),
            "matter": rows["matter"].map(matters).to_numpy(),
            "per_day": rows["per_day"].to_numpy(),
            "key": pair,
        }
    )


def _list_streams(
    district: District, base: pd.DataFrame, start: date, days: int
) -> list[tuple[pd.DataFrame, _Stream]]:
    """The base stream, thinned where demand is scaled down, and one more a scale up or surge."""
    thin = np.ones((len(base), 1))
    extra = []
    for number, change in enumerate(district.demand_changes, start=1):
        chosen = _choose(district, base, change)
        first = (date.fromisoformat(change["start"]) - start).days if change.get("start") else 0
        if change["kind"] == "scale" and change["factor"] < 1:
            holds = np.arange(days) >= first if first > 0 else np.ones(1, dtype=bool)
            thin = thin * np.where(chosen[:, None] & holds, change["factor"], 1.0)
        elif change["kind"] == "scale":
            rate = np.where(chosen, base["per_day"] * (change["factor"] - 1), 0.0)
            extra.append((base, _Stream(rate, number, max(first, 0))))
        else:
            extra.append((base, _surge(base, chosen, change, number, first)))
    whole = _Stream(base["per_day"].to_numpy(), 0, thin=thin if thin.min() < 1 else None)
    return [(base, whole), *extra]


def _surge(base: pd.DataFrame, chosen: np.ndarray, change: Any, number: int, first: int) -> _Stream:
    weight = np.where(chosen, base["per_day"], 0.0)
    days = max(1, int(change["days"]))
    rate = weight / max(weight.sum(), 1e-12) * change["cases"] / days
    return _Stream(rate, number, first, first + days)


def _choose(district: District, base: pd.DataFrame, change: Any) -> np.ndarray:
    chosen = np.ones(len(base), dtype=bool)
    if change["places"]:
        places = district.places
        inside = places[["grid", "village", "township"]].isin(list(change["places"])).any(axis=1)
        whole = set(change["places"]) & set(district.areas.loc[district.areas["tier"] == "district", "code"])
        chosen &= inside.to_numpy()[base["grid"]] | bool(whole)
    if change["matters"]:
        names = district.matters["matter"].unique()
        chosen &= np.isin(names[base["matter"]], list(change["matters"]))
    return chosen


def _sample_stream(
    district: District, rows: tuple[pd.DataFrame, _Stream], start: date, days: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    base, stream = rows
    used = np.flatnonzero(stream.rate > 0)
    span = np.arange(max(0, stream.first), min(days, stream.last))
    factor = _day_factors(district, start, days, seed)[:, span]
    townships = pd.factorize(district.places["township"])[0]
    grid = base["grid"].to_numpy()[used]
    mean = stream.rate[used][:, None] * factor[townships[grid]]
    absolute = start.toordinal() + span
    day_keys = mix_array(absolute.astype(np.uint64) ^ np.uint64(combine(stream.number, 77)))
    cell_keys = mix_array(base["key"].to_numpy()[used][:, None] ^ day_keys[None, :])
    count = _poisson_quantile(mean, uniform_array(cell_keys, purpose_key(seed, "report", 0, "count")))
    row, column = np.nonzero(count)
    repeats = count[row, column]
    row, column = np.repeat(row, repeats), np.repeat(column, repeats)
    ordinal = np.arange(len(row)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    key = mix_array(cell_keys[row, column] + ordinal.astype(np.uint64))
    if stream.thin is not None:
        share = stream.thin[used[row], span[column] if stream.thin.shape[1] > 1 else 0]
        keep = uniform_array(key, purpose_key(seed, "report", 0, "thin")) < share
        row, column, key = row[keep], column[keep], key[keep]
    time = span[column] * DAY + _seconds_of_day(district, key, seed)
    return time, grid[row], base["matter"].to_numpy()[used][row], key


def _poisson_quantile(mean: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Counts by inversion; exact for the small means of one grid and matter."""
    if mean.size and mean.max() > 50:
        from scipy.stats import poisson

        return np.asarray(poisson.ppf(u, mean), dtype=np.int64)
    count = np.zeros(mean.shape, dtype=np.int64)
    term = np.exp(-mean)
    left = u - term
    open_cells = np.flatnonzero(left.ravel() > 0)
    rest, flat_mean, flat_term = left.ravel()[open_cells], mean.ravel()[open_cells], term.ravel()[open_cells]
    flat = count.ravel()
    step = 0
    while len(open_cells):
        step += 1
        flat[open_cells] = step
        flat_term = flat_term * flat_mean / step
        rest = rest - flat_term
        more = (rest > 0) & (step < 400)
        open_cells, rest = open_cells[more], rest[more]
        flat_mean, flat_term = flat_mean[more], flat_term[more]
    return flat.reshape(mean.shape)


def _day_factors(district: District, start: date, days: int, seed: int) -> np.ndarray:
    """Factor of each township (row) and day (column): days off, and a gamma factor with mean 1."""
    demand = district.settings.demand
    townships = pd.factorize(district.places["township"])[1]
    factor = np.ones((len(townships), days))
    if district.settings.work_calendar != "always":
        working = list_working_days(district.settings, district.calendar, start, days)
        factor *= np.where(working, 1.0, demand.weekend)
    if demand.day_dispersion > 0:
        shape = 1.0 / demand.day_dispersion
        keys = np.array([name_key(code) for code in townships], dtype=np.uint64)[:, None]
        dates = np.arange(start.toordinal(), start.toordinal() + days).astype(np.uint64)[None, :]
        u = uniform_array(mix_array(keys ^ mix_array(dates)), purpose_key(seed, "report", 0, "day"))
        factor *= gammaincinv(shape, u) / shape
    return factor


def _seconds_of_day(district: District, key: np.ndarray, seed: int) -> np.ndarray:
    hourly = np.array(district.settings.demand.hourly)
    edges = np.cumsum(hourly) / hourly.sum()
    hour = np.searchsorted(edges, uniform_array(key, purpose_key(seed, "report", 0, "hour")), side="right")
    inside = uniform_array(key, purpose_key(seed, "report", 0, "second")) * HOUR
    return np.asarray(np.minimum(hour, 23) * HOUR + inside.astype(np.int64))


def _pick_items(district: District, matter: np.ndarray, key: np.ndarray, seed: int) -> np.ndarray:
    """The item of each case (row of `matters`), by the shares inside its matter."""
    table = district.matters.reset_index(drop=True)
    u = uniform_array(key, purpose_key(seed, "report", 0, "item"))
    item = np.zeros(len(key), dtype=np.int64)
    for number, code in enumerate(table["matter"].unique()):
        rows = np.flatnonzero(table["matter"] == code)
        edges = np.cumsum(table["share"].to_numpy()[rows])
        mine = matter == number
        item[mine] = rows[np.minimum(np.searchsorted(edges, u[mine], side="right"), len(rows) - 1)]
    return item


def _pick_channels(district: District, key: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    channels = district.settings.channels
    edges = np.cumsum(list(channels.values()))
    u = uniform_array(key, purpose_key(seed, "report", 0, "channel"))
    channel = np.minimum(np.searchsorted(edges, u, side="right"), len(edges) - 1)
    grid_channel = list(channels).index("grid") if "grid" in channels else -1
    spot = (
        uniform_array(key, purpose_key(seed, "report", 0, "self")) < district.settings.play.self_handled_share
    )
    return channel, spot & (channel == grid_channel)


def pick_spots(
    district: District, grid: np.ndarray, matter: np.ndarray, key: np.ndarray, seed: int
) -> np.ndarray:
    """The place of each case in its grid: a column of `District.spots`.

    A share of a grid's cases of a matter happen at one spot, its hotspot; the others anywhere in the grid.
    """
    choices = district.spots.shape[1]
    anywhere = uniform_array(key, purpose_key(seed, "report", 0, "spot"))
    grids = np.array([name_key(code) for code in district.grids["code"]], dtype=np.uint64)
    matters = np.array([name_key(code) for code in district.matters["matter"].unique()], dtype=np.uint64)
    home = uniform_array(grids[grid] ^ mix_array(matters[matter]), name_key("hotspot"))
    share = district.settings.demand.hotspot_share
    there = uniform_array(key, purpose_key(seed, "report", 0, "hotspot")) < share
    return np.asarray((np.where(there, home, anywhere) * choices).astype(np.int16))


def find_duplicates(
    district: District,
    time: np.ndarray,
    grid: np.ndarray,
    matter: np.ndarray,
    spot: np.ndarray,
    self_handled: np.ndarray,
) -> np.ndarray:
    """For each case (ordered by time) the first earlier one of the same grid and matter that it repeats.

    A repeat lies within the settings' merge_metres and merge_hours of the earlier one; -1 where none is.
    """
    play, count = district.settings.play, len(time)
    points = district.spots[grid, spot]
    group = grid.astype(np.int64) * (int(matter.max(initial=0)) + 1) + matter
    order = np.lexsort((time, group))
    found = np.full(count, -1, dtype=np.int64)
    for lag in range(1, count):
        later, earlier = order[lag:], order[:-lag]
        near = (group[later] == group[earlier]) & (time[later] - time[earlier] <= play.merge_hours * HOUR)
        if not near.any():
            break
        later, earlier = later[near], earlier[near]
        close = np.hypot(*(points[later] - points[earlier]).T) <= play.merge_metres
        close &= ~self_handled[later] & ~self_handled[earlier]
        found[later[close]] = earlier[close]
    return found


def shift_date(start: date, days: int) -> date:
    """A date so many days later."""
    return start + timedelta(days=days)
