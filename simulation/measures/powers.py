"""Measures on powers (事权): which body may finish which item.

A power works through items alone. `mandates.holds` says whether a body holds an item; where it does not, the
step's wait for authority falls on every case of the item that the body finishes; where it does, none. The
share handed up is not a matter of powers in the tables as they are (an item held and one not held are handed
up alike), so it stays unless the planner says what is to stay of it. No factor on time is touched.
"""

from typing import Literal

import pandas as pd
from pydantic import Field

from simulation.measures.base import Measure, fault, labels
from simulation.measures.lookup import find_items
from simulation.measures.steps import check_bodies, find_step, list_handling, own_handling
from twin.district import District
from twin.faults import DistrictFaults, Fault

TIERS = {"village": ("村（社区）", "village"), "township": ("乡镇", "township")}
_ITEMS = labels("事项（空为须请示的全部）", "Items (blank: all that wait for authority)", "item")


class DelegatePowers(Measure):
    """Give the power over items to the body of a lower tier, in the whole district: it need not ask."""

    kind = "delegate_powers"
    title_zh, title_en = "下放事权", "Delegate powers"
    touches = ("mandates", "routes")
    items: tuple[str, ...] = Field((), **_ITEMS)
    tier: Literal["village", "township"] = Field("township", **labels("承接层级", "Tier", options=TIERS))
    role: str = Field("", **labels("承接角色（空为现办角色）", "Role (blank: the one at work)", "role"))
    keep_up: float = Field(1.0, ge=0, le=1, **labels("保留的上交比例", "Part of hand-ups that stays"))
    new_up: float = Field(0.0, ge=0, le=1, **labels("新承接事项上交率", "Share of new items handed up"))

    def apply(self, district: District) -> District:
        """`mandates.holds` = 1 for the body; an item that the tier never saw gets a step there (role needed).

        The new step is the item's first handling step in the name of the receiving role, with that role's
        crew and skill; from it `new_up` are handed to the former first step.
        """
        items, faults = _list_items(self.kind, district, self.items, self.tier, self.role, 0)
        before, mandates = own_handling(district.routes, items), district.mandates
        routes = before
        for item in items:
            row = find_step(routes, item, self.tier, self.role)
            if row is None:
                added = self._add_step(district, routes, item, faults)
                routes = routes if added is None else pd.concat([routes, added], ignore_index=True)
                row = None if added is None else added.iloc[0]
            elif self.keep_up < 1:
                routes = routes.assign(
                    up_share=routes["up_share"].where(
                        routes.index != row.name, row["up_share"] * self.keep_up
                    )
                )
            if row is not None:
                mandates = _set_power(mandates, item, self.tier, str(row["role"]), 1)
        tables = (before, routes, mandates)
        return _conclude(self, district, tables, faults, "the body holds these items already")

    def _add_step(
        self, district: District, routes: pd.DataFrame, item: str, faults: list[Fault]
    ) -> pd.DataFrame | None:
        above, other = list_handling(routes, item), find_step(routes, item, self.tier)
        if above.empty or not self.role or other is not None:
            words = f"nobody handles it at tier {self.tier}: name the role that is to"
            if other is not None:
                words = f"{other['role']} handles it at tier {self.tier}: leave the role blank"
            faults.append(fault(self.kind, item, "no step", words))
            return None
        wrong = check_bodies(self.kind, district, [f"{self.role}@{self.tier}"])
        if wrong:
            faults += [f for f in wrong if f not in faults]
            return None
        first = above.iloc[:1]
        known = routes[(routes["role"] == self.role) & (routes["state"] == "handled")]
        habits = {} if known.empty else {"crew": int(known["crew"].max()), "skill": known["skill"].max()}
        return first.assign(
            step=f"handle_{self.tier}",
            position=first["position"] - 1,
            tier=self.tier,
            role=self.role,
            up_share=self.new_up,
            up_to=first["step"],
            **habits,
        )


class ReclaimPowers(Measure):
    """Take the power over items back from a tier: it asks again, or hands every case up."""

    kind = "reclaim_powers"
    title_zh, title_en = "收回事权", "Reclaim powers"
    touches = ("mandates", "routes")
    items: tuple[str, ...] = Field(
        (), **labels("事项（空为有请示环节的全部）", "Items (blank: all with a wait for authority)", "item")
    )
    tier: Literal["village", "township"] = Field("township", **labels("收回层级", "Tier", options=TIERS))
    how: Literal["wait", "hand_up"] = Field(
        "wait",
        **labels(
            "收回后",
            "Afterwards",
            options={"wait": ("请示后办", "asks, then handles"), "hand_up": ("直接上交", "handled above")},
        ),
    )
    wait_value: float = Field(0.0, ge=0, **labels("请示时长（0 为原有）", "Wait (0: as it stands)"))
    wait_clock: Literal["u", "w", "wd", "d"] = Field(
        "wd",
        **labels(
            "时长单位",
            "Clock",
            options={
                "u": ("小时", "hours"),
                "w": ("工作时", "working hours"),
                "wd": ("工作日", "working days"),
                "d": ("日", "days"),
            },
        ),
    )

    def apply(self, district: District) -> District:
        """`mandates.holds` = 0; with `hand_up` the tier's step goes, what led to it leads on to the next."""
        items, faults = _list_items(self.kind, district, self.items, self.tier, "", 1)
        before, mandates = own_handling(district.routes, items), district.mandates
        routes = before
        for item in items:
            row = find_step(routes, item, self.tier)
            if row is None:
                faults.append(fault(self.kind, item, "no step", f"nobody handles it at tier {self.tier}"))
                continue
            mandates = _set_power(mandates, item, self.tier, str(row["role"]), 0)
            change = self._ask if self.how == "wait" else self._hand_up
            routes = change(routes, row, faults)
        tables = (before, routes, mandates)
        return _conclude(self, district, tables, faults, "the body holds none of these items")

    def _ask(self, routes: pd.DataFrame, row: pd.Series, faults: list[Fault]) -> pd.DataFrame:
        if row["delay_share"] > 0 and row["delay_kind"] != "authority":
            words = f"the step waits for {row['delay_kind']} already, a step has one wait: use hand_up"
            faults.append(fault(self.kind, row["item"], "other wait", words))
            return routes
        if row["delay_share"] > 0 and not self.wait_value:
            return routes
        if not self.wait_value:
            faults.append(fault(self.kind, row["item"], "no wait", "say in wait_value how long it asks"))
            return routes
        columns = {
            "delay_kind": "authority",
            "delay_share": 1.0,
            "delay_law": row["delay_law"] or "exponential",
            "delay_value": self.wait_value,
            "delay_clock": self.wait_clock,
            "delay_when": "before",
        }
        return set_cells(routes, row.name, columns)

    def _hand_up(self, routes: pd.DataFrame, row: pd.Series, faults: list[Fault]) -> pd.DataFrame:
        if not row["up_to"]:
            faults.append(fault(self.kind, row["item"], "no step", "nobody above handles it"))
            return routes
        rest = routes.drop(index=row.name).reset_index(drop=True)
        mine = rest["item"] == row["item"]
        columns = {
            column: rest[column].mask(mine & (rest[column] == row["step"]), row["up_to"])
            for column in ("up_to", "next", "escalate_to", "back_to")
        }
        return rest.assign(**columns)


def set_cells(table: pd.DataFrame, label: object, columns: dict[str, object]) -> pd.DataFrame:
    """A copy of a table with cells of one row set."""
    changed = table.copy()
    for column, value in columns.items():
        changed.loc[label, column] = value
    return changed


def _list_items(
    kind: str, district: District, codes: tuple[str, ...], tier: str, role: str, holds: int
) -> tuple[list[str], list[Fault]]:
    """The items named; else those whose step at the tier waits for authority, with this state of power."""
    if codes:
        return find_items(kind, district, codes)
    routes, mandates = own_handling(district.routes, list(district.matters["item"])), district.mandates
    asks = routes[
        (routes["tier"] == tier) & (routes["delay_kind"] == "authority") & (routes["delay_share"] > 0)
    ]
    asks = asks[asks["role"] == role] if role else asks
    state = dict(
        zip(
            zip(mandates["item"], mandates["tier"], mandates["role"], strict=True),
            mandates["holds"],
            strict=True,
        )
    )
    found = {r.item for r in asks.itertuples() if state.get((r.item, r.tier, r.role), 1) == holds}
    return [item for item in district.matters["item"] if item in found], []


def _conclude(
    measure: "DelegatePowers | ReclaimPowers",
    district: District,
    tables: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
    faults: list[Fault],
    idle: str,
) -> District:
    """The district with routes (before, now) and mandates as they have become, or every fault."""
    before, routes, mandates = tables
    if not faults and routes is before and mandates.equals(district.mandates):
        faults.append(fault(measure.kind, measure.tier, "nothing changes", idle))
    if faults:
        raise DistrictFaults(faults)
    return district.with_tables(routes=district.routes if routes is before else routes, mandates=mandates)


def _set_power(mandates: pd.DataFrame, item: str, tier: str, role: str, holds: int) -> pd.DataFrame:
    mine = (mandates["item"] == item) & (mandates["tier"] == tier) & (mandates["role"] == role)
    if mine.any():
        return mandates.assign(holds=mandates["holds"].mask(mine, holds))
    row = pd.DataFrame([{"item": item, "tier": tier, "role": role, "holds": holds, "preempts": 0}])
    return pd.concat([mandates, row[list(mandates.columns)]], ignore_index=True)
