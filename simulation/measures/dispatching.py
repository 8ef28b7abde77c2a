"""Measures on dispatch: who takes a case, how long the desk takes, when clocks stop."""

from typing import Literal

import pandas as pd
from pydantic import Field

from simulation.measures.base import DEFAULTS, Measure, fault, labels
from simulation.measures.lookup import check_codes, find_items
from simulation.measures.steps import pick_rows
from twin.district import District
from twin.faults import DistrictFaults

ROLES = labels("岗位角色（空为全部）", "Roles (blank: all)", "role")
MATTERS = labels("事项（空为全部）", "Items (blank: all)", "item")
STATES = {
    "accepted": ("受理", "acceptance"),
    "verified": ("核实", "verification"),
    "dispatched": ("派遣", "dispatch"),
    "handled": ("处置", "handling"),
    "checked": ("核查", "check"),
}
CLOCKS = {
    "": ("不变", "as it is"),
    "u": ("小时", "hours"),
    "w": ("工作时", "working hours"),
    "wd": ("工作日", "working days"),
    "d": ("日", "days"),
}


class DispatchPolicy(Measure):
    """Who takes a case at some steps: the home body, the nearest idle, the least loaded, the skilled."""

    kind = "dispatch_policy"
    title_zh, title_en = "派单规则", "Dispatch policy"
    touches = ("routes",)
    policy: Literal["home", "nearest_idle", "least_loaded", "skill_first"] = Field(
        **labels(
            "规则",
            "Policy",
            options={
                "home": ("属地优先", "home body"),
                "nearest_idle": ("就近空闲", "nearest idle"),
                "least_loaded": ("负荷最轻", "least loaded"),
                "skill_first": ("专长优先", "skilled first"),
            },
        )
    )
    states: tuple[Literal["accepted", "verified", "dispatched", "handled", "checked"], ...] = Field(
        ("handled",), **labels("环节（空为全部）", "Steps (blank: all)", options=STATES)
    )
    roles: tuple[str, ...] = Field((), **ROLES)
    items: tuple[str, ...] = Field((), **MATTERS)
    skill: str = Field("", **labels("所需技能（空为不变）", "Skill asked for (blank: as it is)"))

    def apply(self, district: District) -> District:
        """Sets `routes.policy` (and `routes.skill`) of the chosen steps."""
        items, faults = find_items(self.kind, district, self.items)
        faults += check_codes(self.kind, "role", self.roles, set(district.routes["role"]) - {""})

        def wanted(rows: pd.DataFrame) -> pd.Series:
            chosen = rows["role"].ne("")
            chosen &= rows["state"].isin(self.states) if self.states else True
            return chosen & (rows["role"].isin(self.roles) if self.roles else True)

        routes, chosen = pick_rows(district.routes, items, wanted)
        if not faults and not chosen.any():
            faults.append(fault(self.kind, ", ".join(self.roles), "no step", "no such step in the routes"))
        if faults:
            raise DistrictFaults(faults)
        columns = {"policy": self.policy} | ({"skill": self.skill} if self.skill else {})
        return district.with_tables(
            routes=routes.assign(**{c: routes[c].mask(chosen, value) for c, value in columns.items()})
        )


class AssistedDispatch(Measure):
    """An assisted desk proposes the body: the wait before dispatch shrinks, fewer cases come back."""

    kind = "assisted_dispatch"
    title_zh, title_en = "智能派单", "Assisted dispatch"
    touches = ("routes",)
    minutes: float = Field(
        float(DEFAULTS["dispatch"]["assisted_minutes"]), gt=0, **labels("平均等待分钟", "Mean wait, minutes")
    )
    keep_returns: float = Field(1.0, ge=0, le=1, **labels("保留的回退比例", "Part of returns that stays"))
    roles: tuple[str, ...] = Field((), **labels("派单角色（空为全部）", "Desks (blank: all)", "role"))
    items: tuple[str, ...] = Field((), **MATTERS)

    def apply(self, district: District) -> District:
        """Only the desk's mean wait changes; the dispatcher's own minutes of work stay."""
        items, faults = find_items(self.kind, district, self.items)

        def wanted(rows: pd.DataFrame) -> pd.Series:
            chosen = rows["state"].eq("dispatched") & rows["delay_kind"].eq("desk")
            return chosen & (rows["role"].isin(self.roles) if self.roles else True)

        routes, chosen = pick_rows(district.routes, items, wanted)
        if not faults and not chosen.any():
            faults.append(
                fault(self.kind, ", ".join(self.roles), "no step", "no dispatch step with a desk's wait")
            )
        if faults:
            raise DistrictFaults(faults)
        return district.with_tables(
            routes=routes.assign(
                delay_value=routes["delay_value"].mask(chosen, self.minutes / 60),
                delay_clock=routes["delay_clock"].mask(chosen, "u"),
                back_share=routes["back_share"].mask(chosen, routes["back_share"] * self.keep_returns),
            )
        )


class ClockRules(Measure):
    """How often a case is suspended or extended, and for how long: such cases stay in every denominator."""

    kind = "clock_rules"
    title_zh, title_en = "挂账延期规则", "Suspension and extension"
    touches = ("matters",)
    items: tuple[str, ...] = Field((), **MATTERS)
    rule: Literal["suspend", "extend"] = Field(
        **labels("规则", "Rule", options={"suspend": ("挂账", "suspension"), "extend": ("延期", "extension")})
    )
    share: float = Field(ge=0, le=1, **labels("比例", "Share of cases"))
    value: float = Field(ge=0, **labels("时长", "Length"))
    clock: Literal["", "u", "w", "wd", "d"] = Field(
        "", **labels("时长单位（延期同时限）", "Clock (extension: the limit's own)", options=CLOCKS)
    )

    def apply(self, district: District) -> District:
        """Sets the share, length and clock of one rule of the items; the other rule stays."""
        items, faults = find_items(self.kind, district, self.items)
        matters = district.matters
        chosen = matters["item"].isin(items) if items else matters["item"].ne("")
        columns: dict[str, object] = {f"{self.rule}_share": self.share, f"{self.rule}_value": self.value}
        if self.rule == "suspend" and self.clock:
            columns["suspend_clock"] = self.clock
        clockless = (
            self.rule == "suspend" and not self.clock and matters.loc[chosen, "suspend_clock"].eq("").any()
        )
        if self.share > 0 and (not self.value or clockless):
            faults.append(fault(self.kind, "value", "no wait", "say how long, and on which clock"))
        if faults:
            raise DistrictFaults(faults)
        changed = {name: matters[name].mask(chosen, value) for name, value in columns.items()}
        return district.with_tables(matters=matters.assign(**changed))
