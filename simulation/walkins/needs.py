"""All draws of the walk-ins of a replication; vectorised, nothing depends on their order or on any point."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from simulation.draws import combine, mix_array, name_key, purpose_key, quantile_array, uniform_array
from twin.calendar import DAY, build_calendar
from twin.district import District

STEP = "walk_in"


@dataclass(frozen=True)
class Needs:
    """The service items that residents come to need, ordered by day, then key; and the visits each will take.

    One entry a need: day (from the origin), grid and service (rows of the district's tables), key (uint64,
    stable across scenarios), first (where its visits begin), visits (how many until it is finished).
    One entry a visit, need by need: work (seconds at a window), gap (opening days after the visit before),
    moment (quantile of the arrival in the point's opening hours).
    """

    origin: date
    days: int
    seed: int
    day: np.ndarray
    grid: np.ndarray
    service: np.ndarray
    key: np.ndarray
    first: np.ndarray
    visits: np.ndarray
    work: np.ndarray
    gap: np.ndarray
    moment: np.ndarray

    def __len__(self) -> int:
        return len(self.day)


def sample_walkins(district: District, start: date, days: int, seed: int) -> Needs:
    """The needs of so many days from a start: Poisson by grid and service on working days.

    A grid's rate is its share of the district's residents (equal shares where no grid has any); draws are
    keyed by (grid, service, day, ordinal), so that a district with other points has the same needs.
    """
    calendar = build_calendar(district.settings, district.calendar, start, days)
    span = np.flatnonzero(calendar.working)
    residents = share_residents(district)
    names = mix_array(np.array([name_key(code) for code in district.grids["code"]], dtype=np.uint64))
    parts = [
        (*_sample_service(str(row.service), row.per_day * residents, names, start, span, seed), row.Index)
        for row in district.services.itertuples()
        if row.per_day > 0
    ]
    return _gather(district, start, days, seed, parts)


def _gather(district: District, start: date, days: int, seed: int, parts: list[Any]) -> Needs:
    """The needs of all services in order, with their visits."""
    rows = [np.full(len(part[0]), part[3]) for part in parts]
    columns: list[Any] = [np.concatenate([part[k] for part in parts]) if parts else [] for k in range(3)]
    found = np.asarray(columns[0], np.int64), np.asarray(columns[2], np.uint64)
    order = np.lexsort(found[::-1])
    day, key = (column[order] for column in found)
    grid = np.asarray(columns[1], np.int64)[order]
    service = np.concatenate([np.zeros(0, np.int64), *rows])[order]
    visits, lots = _draw_visits(district.services, service, key, seed)
    first = np.cumsum(visits) - visits
    return Needs(start, days, seed, day, grid, service, key, first, visits, *lots)


def _sample_service(
    service: str, mean: np.ndarray, grids: np.ndarray, start: date, span: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Day, grid and key of every need of a service; `mean` by grid, `span` the days on which needs arise."""
    name = np.uint64(combine(name_key(service), name_key(STEP)))
    dates = mix_array((start.toordinal() + span).astype(np.uint64) ^ name)
    cells = mix_array(grids[:, None] ^ dates[None, :])
    count = _count(mean[:, None], uniform_array(cells, purpose_key(seed, STEP, 0, "count")))
    grid, column = np.nonzero(count)
    repeats = count[grid, column]
    grid, column = np.repeat(grid, repeats), np.repeat(column, repeats)
    ordinal = np.arange(len(grid)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    key = mix_array(cells[grid, column] + ordinal.astype(np.uint64))
    return span[column], grid, key


def share_residents(district: District) -> np.ndarray:
    """Each grid's share of the district's residents; equal shares where no grid has any."""
    people = district.grids["population"].to_numpy(float)
    return people / people.sum() if people.sum() > 0 else np.full(len(people), 1 / len(people))


def _count(mean: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Poisson counts by inversion; `mean` (grids x 1), `u` (grids x days)."""
    if mean.max(initial=0) > 50:
        from scipy.stats import poisson

        return np.asarray(poisson.ppf(u, mean), dtype=np.int64)
    count = np.zeros(u.shape, dtype=np.int64)
    term = np.exp(-mean)
    total, step = term.copy(), 0
    while (more := u > total).any() and step < 400:
        step += 1
        count += more
        term = term * mean / step
        total += term
    return count


def _draw_visits(
    services: pd.DataFrame, service: np.ndarray, key: np.ndarray, seed: int
) -> tuple[np.ndarray, list[np.ndarray]]:
    """How many visits each need takes, and work, gap and moment of every visit, need by need."""
    most = services["most_visits"].to_numpy()[service] if len(service) else np.zeros(0, dtype=np.int64)
    share = services["finished_share"].to_numpy()
    visits = np.zeros(len(service), dtype=np.int64)
    rounds: list[list[np.ndarray]] = []
    coming = np.arange(len(service))
    while len(coming):
        number = len(rounds)
        rounds.append([coming, *_draw_round(services, service[coming], key[coming], seed, number)])
        visits[coming] += 1
        done = uniform_array(key[coming], purpose_key(seed, STEP, number, "finished"))
        unfinished = (done >= share[service[coming]]) & (most[coming] > number + 1)
        coming = coming[unfinished]
    need = np.concatenate([r[0] for r in rounds]) if rounds else np.zeros(0, dtype=np.int64)
    order = np.argsort(need, kind="stable")
    columns = [np.concatenate([r[k] for r in rounds])[order] if rounds else np.zeros(0) for k in (1, 2, 3)]
    return visits, [columns[0].astype(np.int64), columns[1].astype(np.int64), columns[2]]


def _draw_round(
    services: pd.DataFrame, service: np.ndarray, key: np.ndarray, seed: int, number: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Work, gap and moment of the visits of one number (0 the first); the gap is geometric, at least 1."""
    u = {
        name: uniform_array(key, purpose_key(seed, STEP, number, name))
        for name in ("minutes", "again", "moment")
    }
    minutes, cv = services["minutes"].to_numpy()[service], services["cv"].to_numpy()[service]
    laws = services["law"].astype(str).to_numpy()[service]
    work = np.zeros(len(service))
    for law in np.unique(laws):
        mine = laws == law
        work[mine] = 60 * quantile_array(law, minutes[mine], cv[mine], u["minutes"][mine])
    mean = services["again_days"].to_numpy()[service]
    with np.errstate(divide="ignore"):
        gap = np.ceil(np.log1p(-u["again"]) / np.log1p(-1 / mean))
    return np.maximum(1, np.rint(work)), np.clip(gap, 1, DAY), u["moment"]
