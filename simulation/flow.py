"""The case's way, compiled: routes, mandates and bodies of a district -> steps that the engine walks."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from simulation.bodies import refuse_unreachable, resolve_bodies
from simulation.pools import PoolPlan, plan_pools
from simulation.steps import Step, link_self_step, link_steps, parse_together
from twin.calendar import WorkCalendar, build_calendar
from twin.district import District

CALENDAR_MARGIN_DAYS = 150
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

    @cached_property
    def _post_units(self) -> np.ndarray:
        """Unit row of each post (row)."""
        units = {code: row for row, code in enumerate(self.district.units["code"])}
        return self.district.posts["unit"].map(units).to_numpy()

    def describe_body(self, route: np.ndarray, grid: np.ndarray, post: np.ndarray) -> tuple[np.ndarray, ...]:
        """Codes of unit, tier and role for route rows at grids, taken by posts (-1: not yet, nobody)."""
        body = self._row_bodies[route]
        unit = np.where(post >= 0, self._post_units[post], self._holders[body, grid])
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
    refuse_unreachable(district, rows, bodies, served)
    entries, columns = link_steps(district, rows, bodies)
    matters = district.matters
    limits = list(zip(matters["limit_value"].tolist(), matters["limit_clock"].tolist(), strict=True))
    return Flow(
        district,
        calendar,
        pools,
        entries,
        link_self_step(district, rows, bodies),
        rows,
        columns,
        bodies,
        served,
        matters["priority"].tolist(),
        limits,
    )


def _expand_rows(district: District) -> pd.DataFrame:
    """Route rows by item: an item's own row for a step, else the general one; ordered by position."""
    routes, items = district.routes, district.matters["item"]
    own = routes[routes["item"].isin(items)]
    general = routes[routes["item"] == "*"].drop(columns="item")
    shared = general.merge(items.to_frame(), how="cross")
    taken = pd.MultiIndex.from_frame(own[["item", "step"]])
    shared = shared[~pd.MultiIndex.from_frame(shared[["item", "step"]]).isin(taken)]
    rows = pd.concat([own, shared[own.columns]], ignore_index=True)
    rows = rows.assign(order=rows["item"].map(dict(zip(items, range(len(items)), strict=True))))
    rows = rows.sort_values(["order", "position", "step"], kind="stable", ignore_index=True)
    rows = rows.drop(columns="order")
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
