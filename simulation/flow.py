"""The case's way, compiled: routes, mandates and bodies of a district -> steps that the engine walks."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from simulation.pools import PoolPlan, plan_pools
from twin.calendar import WorkCalendar, build_calendar
from twin.district import District
from twin.faults import DistrictFaults, Fault
from twin.organisation import list_served_areas

CALENDAR_MARGIN_DAYS = 150
SELF_STEP = "self_handle"
STATE_CODES = (
    "reported",
    "self_handled",
    "accepted",
    "verified",
    "dispatched",
    "handled",
    "checked",
    "closed",
)


class Step:
    """One step of an item in one channel, with its successors."""

    __slots__ = (
        "back",
        "body",
        "column",
        "crew",
        "delay_clock",
        "delay_when",
        "escalate",
        "escalate_to",
        "interrupts",
        "is_dispatch",
        "is_handling",
        "item",
        "last_handled",
        "name",
        "next",
        "preempts",
        "row",
        "state",
        "together",
        "travel",
        "up",
    )

    back: Any
    body: int
    column: int
    crew: Any
    delay_clock: str
    delay_when: str
    escalate: Any
    escalate_to: Any
    interrupts: Any
    is_dispatch: bool
    is_handling: bool
    item: int
    last_handled: Any
    name: str
    next: Any
    preempts: Any
    row: int
    state: Any
    together: Any
    travel: Any
    up: Any

    def __init__(self, **values: Any) -> None:
        for name in self.__slots__:
            setattr(self, name, values.get(name))


@dataclass(frozen=True)
class Flow:
    """Everything that a run needs of a district: pools, entry steps, laws of steps, clocks, bodies."""

    district: District
    calendar: WorkCalendar
    pools: list[PoolPlan]
    entries: list[list[Step]]
    self_step: Step | None
    rows: pd.DataFrame
    columns: np.ndarray
    bodies: list[tuple[str, str]]
    served: list[list[tuple[int, ...]]]
    priority: list[int]
    limits: list[tuple[float, str]]

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """The rows as plain records."""
        return self.rows.to_dict("records")

    @cached_property
    def roles(self) -> list[str]:
        """Every role that a step names, sorted."""
        return sorted({role for _, role in self.bodies})

    @cached_property
    def _holders(self) -> np.ndarray:
        """Unit row of the first pool of each body (row) for each grid (column)."""
        return np.array([[self.pools[found[0]].unit for found in row] for row in self.served])

    @cached_property
    def _row_bodies(self) -> np.ndarray:
        """Body number of each route row, then of the visit on the spot, then -1 for none."""
        numbers = {body: number for number, body in enumerate(self.bodies)}
        bodies = [numbers.get(body, -1) for body in zip(self.rows["tier"], self.rows["role"], strict=True)]
        return np.array([*bodies, self.self_step.body if self.self_step else -1, -1])

    def describe_body(self, route: np.ndarray, grid: np.ndarray, post: np.ndarray) -> tuple[np.ndarray, ...]:
        """Codes of unit, tier and role for route rows at grids, taken by posts (-1: not yet, nobody)."""
        body = self._row_bodies[route]
        posts = (
            self.district.posts["unit"]
            .map({c: n for n, c in enumerate(self.district.units["code"])})
            .to_numpy()
        )
        unit = np.where(post >= 0, posts[post], self._holders[body, grid])
        tiers = ["district", "township", "village", "grid"]
        tier = np.array([*[tiers.index(t) for t, _ in self.bodies], -1])[body]
        role = np.array([*[self.roles.index(r) for _, r in self.bodies], -1])[body]
        return np.where(body >= 0, unit, -1), tier, role


def compile_flow(district: District, origin: date, days: int) -> Flow:
    """Compile a district for runs from an origin day over so many days; faults name unreachable bodies."""
    calendar = build_calendar(district.settings, district.calendar, origin, days + CALENDAR_MARGIN_DAYS)
    routes = district.routes
    crews = routes[routes["role"] != ""].groupby("role")["crew"].max().to_dict()
    shifts = build_calendar(district.settings, district.calendar, origin, days + 2)
    pools = plan_pools(district, shifts, crews)
    rows = _expand_rows(district)
    bodies = sorted(
        {*zip(rows["tier"], rows["role"], strict=True), *_self_body(district), *_together(rows)} - {("", "")}
    )
    served = resolve_bodies(district, pools, bodies)
    _refuse_unreachable(district, rows, bodies, served)
    entries, columns = _link_steps(district, rows, bodies)
    matters = district.matters
    limits = list(zip(matters["limit_value"].tolist(), matters["limit_clock"].tolist(), strict=True))
    return Flow(
        district,
        calendar,
        pools,
        entries,
        _self_step(district, rows, bodies),
        rows,
        columns,
        bodies,
        served,
        matters["priority"].tolist(),
        limits,
    )


def _expand_rows(district: District) -> pd.DataFrame:
    """Route rows by item: an item's own row for a step, else the general one; ordered by position."""
    routes = district.routes
    general = routes[routes["item"] == "*"]
    parts = []
    for item in district.matters["item"]:
        own = routes[routes["item"] == item]
        shared = general[~general["step"].isin(own["step"])].assign(item=item)
        parts.append(pd.concat([own, shared]).sort_values(["position", "step"]))
    rows = pd.concat(parts, ignore_index=True)
    held = {
        (m.item, m.tier, m.role): m.holds
        for m in district.mandates[["item", "tier", "role", "holds"]].itertuples()
    }
    holds = np.array([held.get(key, 1) for key in zip(rows["item"], rows["tier"], rows["role"], strict=True)])
    idle = (rows["delay_kind"] == "authority") & (holds == 1)
    return rows.assign(delay_share=rows["delay_share"].where(~idle, 0.0))


def _self_body(district: District) -> set[tuple[str, str]]:
    return (
        {("grid", district.settings.play.self_handled_role)}
        if district.settings.play.self_handled_share > 0
        else set()
    )


def _together(rows: pd.DataFrame) -> set[tuple[str, str]]:
    return {(tier, role) for text in rows["together"].unique() for role, tier, _ in parse_together(text)}


def parse_together(text: str) -> list[tuple[str, str, int]]:
    """(role, tier, posts) of each body that must start at the same moment: `role@tier*crew;...`."""
    found = []
    for part in filter(None, text.split(";")):
        body, _, crew = part.partition("*")
        role, _, tier = body.partition("@")
        found.append((role, tier, int(crew or 1)))
    return found


def resolve_bodies(
    district: District, pools: list[PoolPlan], bodies: list[tuple[str, str]]
) -> list[list[tuple[int, ...]]]:
    """For each body and grid the numbers of the pools that serve it, best first.

    The nearest level that has such a pool wins: grid, village, township, district; inside a level the order
    is the area's preference list, then the unit's code. Bodies of tier `grid` are found in village units.
    """
    units = district.units
    serves = list_served_areas(units)
    by_body: dict[tuple[str, str], dict[str, list[int]]] = {}
    codes, levels = units["code"].tolist(), units["tier"].tolist()
    for number, plan in enumerate(pools):
        code, tier = codes[plan.unit], levels[plan.unit]
        tiers = [tier, "grid"] if tier == "village" else [tier]
        for level, role in product(tiers, plan.role.split("+")):
            areas = by_body.setdefault((level, role), {})
            for area in serves[code]:
                areas.setdefault(area, []).append(number)
    root = district.areas.loc[district.areas["tier"] == "district", "code"].iloc[0]
    chains = [
        (place.grid, place.village, place.township, root)
        for place in district.places[["grid", "village", "township"]].itertuples()
    ]
    prefer = _preferences(district, pools)
    return [
        [_find_pools(by_body.get(body, {}), chain, prefer, body[1]) for chain in chains] for body in bodies
    ]


def _preferences(district: District, pools: list[PoolPlan]) -> dict[tuple[str, str], tuple[int, ...]]:
    codes = district.units["code"].tolist()
    number = {
        (codes[plan.unit], role): index for index, plan in enumerate(pools) for role in plan.role.split("+")
    }
    ordered = district.preferences.sort_values(["area", "role", "rank"])
    return {
        (str(area), str(role)): tuple(number[u, str(role)] for u in rows["unit"] if (u, str(role)) in number)
        for (area, role), rows in ordered.groupby(["area", "role"])
    }


def _find_pools(
    areas: dict[str, list[int]],
    chain: tuple[str, ...],
    prefer: dict[tuple[str, str], tuple[int, ...]],
    role: str,
) -> tuple[int, ...]:
    for area in chain:
        if (area, role) in prefer:
            return prefer[area, role]
        if area in areas:
            return tuple(areas[area])
    return ()


def _refuse_unreachable(
    district: District, rows: pd.DataFrame, bodies: list[tuple[str, str]], served: list[list[tuple[int, ...]]]
) -> None:
    faults = []
    for (tier, role), pools in zip(bodies, served, strict=True):
        bare = [district.grids["code"].iloc[grid] for grid, found in enumerate(pools) if not found]
        if bare:
            shown = ", ".join(bare[:3]) + (" ..." if len(bare) > 3 else "")
            faults.append(
                Fault(
                    "routes",
                    f"{role} at {tier}",
                    "no body",
                    f"{len(bare)} grids have no staffed unit with this role: {shown}",
                )
            )
    if faults:
        raise DistrictFaults(faults)


def _link_steps(
    district: District, rows: pd.DataFrame, bodies: list[tuple[str, str]]
) -> tuple[list[list[Step]], np.ndarray]:
    """Entry steps by item and channel, and the table item x column -> row of `rows` (-1 none)."""
    numbers = {body: number for number, body in enumerate(bodies)}
    groups = rows.groupby("item", sort=False).indices
    width = max(len(found) for found in groups.values())
    columns = np.full((len(district.matters), width), -1)
    items = list(district.matters.itertuples())
    plain = rows.to_dict("records")
    entries: list[list[Step]] = []
    for number, item in enumerate(items):
        found = groups[item.item]
        columns[number, : len(found)] = found
        records = [{**plain[row], "row": row, "column": column} for column, row in enumerate(found)]
        entries.append(
            [_link_channel(records, item, number, channel, numbers) for channel in district.settings.channels]
        )
    return entries, columns


def _link_channel(
    records: list[dict[str, Any]], item: Any, number: int, channel: str, bodies: dict[tuple[str, str], int]
) -> Step:
    used = [r for r in records if not r["channels"] or channel in r["channels"].split(";")]
    steps = {r["step"]: _make_step(r, item, number, bodies) for r in used}
    for r, following in zip(used, [*used[1:], None], strict=True):
        step = steps[r["step"]]
        step.next = steps.get(r["next"]) if r["next"] else (steps[following["step"]] if following else None)
        step.up = steps.get(r["up_to"])
        step.last_handled = r["back_to"] == "handled"
        step.back = steps.get(r["back_to"])
        step.escalate_to = steps.get(r["escalate_to"])
    return steps[used[0]["step"]]


def _make_step(r: dict[str, Any], item: Any, number: int, bodies: dict[tuple[str, str], int]) -> Step:
    together = tuple((bodies[tier, role], crew) for role, tier, crew in parse_together(r["together"]))
    return Step(
        name=r["step"],
        row=r["row"],
        column=r["column"],
        item=number,
        state=r["state"],
        crew=int(r["crew"]),
        body=bodies.get((r["tier"], r["role"]), -1),
        travel=bool(r["travel"]),
        together=together,
        interrupts=bool(item.interrupts_duty) and r["state"] == "handled",
        preempts=bool(item.preempts) and r["state"] == "handled",
        delay_clock=r["delay_clock"],
        delay_when=r["delay_when"],
        is_dispatch=r["state"] == "dispatched",
        is_handling=r["state"] == "handled",
        escalate=(r["escalate_value"], r["escalate_clock"]) if r["escalate_value"] > 0 else None,
    )


def _self_step(district: District, rows: pd.DataFrame, bodies: list[tuple[str, str]]) -> Step | None:
    """The one visit of a case settled on the spot; patrols yield to it."""
    if not district.settings.play.self_handled_share:
        return None
    body = bodies.index(("grid", district.settings.play.self_handled_role))
    return Step(
        name=SELF_STEP,
        row=len(rows),
        column=-1,
        state="self_handled",
        crew=1,
        body=body,
        travel=False,
        together=(),
        interrupts=True,
        preempts=False,
        delay_when="",
        is_dispatch=False,
        is_handling=False,
        escalate=None,
    )
