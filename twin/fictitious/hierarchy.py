"""Townships, villages and kinds of grids, gathered from cells."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.fictitious.cells import Cells
from twin.fictitious.partition import Labels, can_leave, divide, grow
from twin.fictitious.templates import Template
from twin.fictitious.terrain import Points, Terrain


@dataclass(frozen=True)
class Counts:
    """How many of everything a district of some size has."""

    grids: int
    urban: int
    dedicated: int
    towns: int
    streets: int
    villages: int
    communities: int
    street_villages: int
    town_communities: int

    @property
    def community_grids(self) -> int:
        """Grids that belong to communities: urban and dedicated ones."""
        return self.urban + self.dedicated


@dataclass(frozen=True)
class Hierarchy:
    """Township and village number of each cell; what each township and village is; kinds of cells.

    Townships: streets first, then towns. Villages: `village_township`, `is_community`.
    """

    township: Labels
    village: Labels
    village_township: Labels
    is_community: NDArray[np.bool_]
    dedicated: NDArray[np.bool_]
    streets: int


def scale_counts(rules: Template, grids: int) -> Counts:
    """The default counts in proportion to the number of grids."""
    base = rules["counts"]
    share = grids / base["grids"]
    towns, streets = max(2, round(base["townships"] * share)), max(1, round(base["streets"] * share))
    dedicated, urban = round(base["grids_dedicated"] * share), round(base["grids_urban"] * share)
    communities = max(streets + towns, round(base["communities"] * share))
    villages = max(2 * towns, round(base["villages"] * share))
    per_street = min(base["street_villages"], max(0, (villages - 2 * towns) // streets))
    return Counts(
        grids, urban, dedicated, towns, streets, villages, communities, per_street, base["town_communities"]
    )


def gather_areas(cells: Cells, terrain: Terrain, counts: Counts, rng: np.random.Generator) -> Hierarchy:
    """Streets in the core and towns around it, each divided into communities and villages."""
    villages, communities = _share_out(counts, rng)
    township = _divide_townships(cells, terrain, counts, villages, communities, rng)
    village, owner, is_community = _divide_villages(
        cells, terrain, township, villages, communities, counts, rng
    )
    village = _settle_totals(cells, village, owner, is_community, counts)
    dedicated = _pick_dedicated(village, is_community, counts, rng)
    return Hierarchy(township, village, owner, is_community, dedicated, counts.streets)


def _share_out(counts: Counts, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """Villages and communities of each township, streets first; unequal, with the right totals."""
    town_communities = [counts.town_communities] * counts.towns
    left = counts.communities - sum(town_communities)
    communities = _vary(left, counts.streets, 0.14, 1, rng) + town_communities
    rest = counts.villages - counts.streets * counts.street_villages
    villages = [counts.street_villages] * counts.streets + _vary(rest, counts.towns, 0.17, 2, rng)
    return villages, communities


def _vary(total: int, parts: int, spread: float, floor: int, rng: np.random.Generator) -> list[int]:
    weights = np.exp(rng.normal(0, spread, parts))
    sizes = np.maximum(floor, np.floor(total * weights / weights.sum())).astype(int)
    while sizes.sum() != total:
        step = 1 if sizes.sum() < total else -1
        room = np.flatnonzero(sizes + step >= floor)
        gap = step * (total * weights / weights.sum() - sizes)
        sizes[room[gap[room].argmax()]] += step
    return [int(size) for size in sizes]


def _divide_townships(
    cells: Cells,
    terrain: Terrain,
    counts: Counts,
    villages: list[int],
    communities: list[int],
    rng: np.random.Generator,
) -> Labels:
    per_village = (counts.grids - counts.community_grids) / counts.villages
    per_community = counts.community_grids / counts.communities
    wanted = [v * per_village + c * per_community for v, c in zip(villages, communities, strict=True)]
    sizes = _round_to(wanted, counts.grids)
    away = terrain.measure_remoteness(cells.points)
    in_core = grow(cells.points, cells.neighbours, sum(sizes[: counts.streets]), away)
    labels = np.zeros(counts.grids, dtype=np.int64)
    inner = _divide_part(cells, np.flatnonzero(in_core), sizes[: counts.streets], None, rng)
    outer = _divide_part(cells, np.flatnonzero(~in_core), sizes[counts.streets :], terrain.seats, rng)
    labels[in_core], labels[~in_core] = inner, outer + counts.streets
    return labels


def _divide_part(
    cells: Cells,
    members: NDArray[np.int64],
    sizes: list[int],
    centres: Points | None,
    rng: np.random.Generator,
) -> Labels:
    """Divide some of the cells; labels in the order of `members`."""
    return divide(cells.points[members], _list_neighbours(cells, members), sizes, centres, rng)


def _list_neighbours(cells: Cells, members: NDArray[np.int64]) -> list[list[int]]:
    """Neighbours among the members, numbered in their order."""
    number = {int(cell): k for k, cell in enumerate(members)}
    return [[number[n] for n in cells.neighbours[cell] if n in number] for cell in members]


def _round_to(wanted: list[float], total: int) -> list[int]:
    sizes = [int(w) for w in wanted]
    order = sorted(range(len(wanted)), key=lambda k: sizes[k] - wanted[k])
    for k in order[: total - sum(sizes)]:
        sizes[k] += 1
    return sizes


def _divide_villages(
    cells: Cells,
    terrain: Terrain,
    township: Labels,
    villages: list[int],
    communities: list[int],
    counts: Counts,
    rng: np.random.Generator,
) -> tuple[Labels, Labels, NDArray[np.bool_]]:
    """Village number of each cell, township of each village, whether it is a community."""
    village = np.zeros(counts.grids, dtype=np.int64)
    owner: list[int] = []
    built_up: list[bool] = []
    per_community = counts.community_grids / counts.communities
    for number, (farms, towns) in enumerate(zip(villages, communities, strict=True)):
        members = np.flatnonzero(township == number)
        parts = farms + towns
        if number < counts.streets:
            sizes = _round_to([len(members) / parts] * parts, len(members))
            labels = _divide_part(cells, members, sizes, None, rng)
        else:
            heart = terrain.seats[number - counts.streets]
            labels = _divide_town(cells, members, heart, farms, round(towns * per_community), rng)
        village[members] = labels + len(owner)
        owner += [number] * parts
        built_up += [k < towns for k in range(parts)]
    kinds, owners = np.array(built_up), np.array(owner)
    inner = int((owners < counts.streets).sum())
    kinds[:inner] = _pick_urban(cells, terrain, village, inner, sum(villages[: counts.streets]))
    return village, owners, kinds


def _pick_urban(cells: Cells, terrain: Terrain, village: Labels, parts: int, farms: int) -> NDArray[np.bool_]:
    """Which of the streets' parts are communities: all but the most remote ones, wherever those lie."""
    middles = np.array([cells.points[village == k].mean(axis=0) for k in range(parts)])
    order = np.argsort(terrain.measure_remoteness(middles), kind="stable")
    urban = np.ones(parts, dtype=bool)
    urban[order[parts - farms :]] = False
    return urban


def _divide_town(
    cells: Cells,
    members: NDArray[np.int64],
    heart: Points,
    farms: int,
    built_up: int,
    rng: np.random.Generator,
) -> Labels:
    """One community (label 0) of `built_up` cells around the town's heart; the rest in equal villages."""
    points = cells.points[members]
    middle = points.mean(axis=0)
    pull = np.hypot(*(points - heart).T) + 0.3 * np.hypot(*(points - middle).T)
    near = _list_neighbours(cells, members)
    inside = grow(points, near, built_up, np.hypot(*(points - points[pull.argmin()]).T))
    rest = np.flatnonzero(~inside)
    labels = np.zeros(len(members), dtype=np.int64)
    labels[rest] = 1 + _divide_part(
        cells, members[rest], _round_to([len(rest) / farms] * farms, len(rest)), None, rng
    )
    return labels


def _settle_totals(
    cells: Cells, village: Labels, owner: Labels, is_community: NDArray[np.bool_], counts: Counts
) -> Labels:
    """Move single cells between communities and villages of one township until the totals are exact."""
    village = village.copy()
    for _ in range(len(village)):
        surplus = int(is_community[village].sum()) - counts.community_grids
        if surplus == 0:
            return village
        sizes = np.bincount(village, minlength=len(owner))
        moves = _list_moves(cells, village, owner, is_community, sizes, from_community=surplus > 0)
        cell, taker = next((c, t) for _, c, t in moves if can_leave(c, village, cells.neighbours))
        village[cell] = taker
    raise ValueError("the numbers of urban and rural grids cannot be met")


def _list_moves(
    cells: Cells,
    village: Labels,
    owner: Labels,
    is_community: NDArray[np.bool_],
    sizes: NDArray[np.int64],
    from_community: bool,
) -> list[tuple[int, int, int]]:
    """(size difference, cell, taker) of moves across the kinds' border, largest giver first."""
    moves = []
    for cell, group in enumerate(village):
        if is_community[group] != from_community:
            continue
        takers = {int(village[n]) for n in cells.neighbours[cell] if owner[village[n]] == owner[group]}
        moves += [
            (int(sizes[t] - sizes[group]), cell, t) for t in takers if is_community[t] != from_community
        ]
    return sorted(moves)


def _pick_dedicated(
    village: Labels, is_community: NDArray[np.bool_], counts: Counts, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Dedicated grids among those of communities, at most one in three of a community's."""
    chosen = np.zeros(len(village), dtype=bool)
    town = np.flatnonzero(is_community[village])
    room = np.maximum(1, np.bincount(village[town], minlength=len(is_community)) // 3)
    for limit in (1, 0):
        for cell in rng.permutation(town):
            if chosen.sum() == counts.dedicated:
                return chosen
            if not chosen[cell] and room[village[cell]] > limit:
                chosen[cell] = True
                room[village[cell]] -= 1
    return chosen
