"""Measures on cases that need several bodies: joint handling (联办) and the whistle (吹哨报到)."""

from typing import Literal

import pandas as pd
from pydantic import Field

from simulation.measures.base import DEFAULTS, Measure, fault, labels
from simulation.measures.lookup import find_items
from simulation.measures.powers import set_cells
from simulation.measures.steps import (
    TIER_ORDER,
    check_bodies,
    find_step,
    join_bodies,
    list_handling,
    own_handling,
)
from twin.district import District
from twin.faults import DistrictFaults, Fault

WHISTLE = DEFAULTS["whistle"]
LEADS = {
    "village": ("村（社区）", "village"),
    "township": ("乡镇", "township"),
    "district": ("区直部门", "department"),
}
HOW = {"parallel": ("并联各办", "tasks side by side"), "together": ("同时到场", "at the same moment")}
CLOCKS = {
    "": ("按类别", "by kind"),
    "u": ("小时", "hours"),
    "w": ("工作时", "working hours"),
    "wd": ("工作日", "working days"),
    "d": ("日", "days"),
}
_PARTNERS = labels("协办单位（空为上级承办）", "Co-handlers (blank: the bodies above)", "body")


class _Cooperation(Measure):
    items: tuple[str, ...] = Field(min_length=1, **labels("事项", "Items", "item"))
    co_handlers: tuple[str, ...] = Field((), **_PARTNERS)
    how: Literal["parallel", "together"] = Field("parallel", **labels("协同方式", "How", options=HOW))
    part: float = Field(
        1.0,
        ge=0,
        le=1,
        **labels("协办工时占比（0 为原上交率）", "Part of own minutes (0: share handed up)"),
    )

    def _find_lead(
        self, routes: pd.DataFrame, item: str, tier: str, faults: list[Fault]
    ) -> tuple[pd.Series | None, str]:
        """The lead's row and the co-handlers as `role@tier*crew;...`; None with a fault added."""
        row = find_step(routes, item, tier)
        if row is None:
            faults.append(fault(self.kind, item, "no step", f"nobody handles it at tier {tier}"))
            return None, ""
        above = [f"{r['role']}@{r['tier']}*{r['crew']}" for _, r in _list_above(routes, item, row)]
        partners = join_bodies(*(self.co_handlers or above))
        if not partners:
            faults.append(
                fault(self.kind, item, "no co-handler", "nobody above handles it: name co-handlers")
            )
            return None, ""
        return row, partners

    def _call(
        self, routes: pd.DataFrame, row: pd.Series, partners: str, columns: dict[str, object]
    ) -> pd.DataFrame:
        """Routes in which the lead's step is a joint one that hands nothing up, with some columns more."""
        shared = self._share_work(routes, row, partners) if self.how == "parallel" else routes
        call = {self.how: join_bodies(str(row[self.how]), partners), "up_share": 0.0}
        return set_cells(shared, row.name, call | columns)

    def _share_work(self, routes: pd.DataFrame, lead: pd.Series, partners: str) -> pd.DataFrame:
        """A co-handler above the lead joins every case with a part of the minutes that it gave to some.

        The part is the share of cases that came up to it before, so that its hours stay what they were. A
        step to which other steps still lead keeps its minutes.
        """
        share, bodies = 1.0, {text.partition("*")[0] for text in partners.split(";")}
        for _, row in _list_above(routes, str(lead["item"]), lead):
            share *= lead["up_share"]
            lead = row
            called = f"{row['role']}@{row['tier']}" in bodies
            part = self.part or share
            if called and part and not _leads_elsewhere(routes, row):
                routes = set_cells(routes, row.name, {"minutes": row["minutes"] * part})
        return routes


class JointHandling(_Cooperation):
    """A matter that needs several bodies is one case with a lead and tasks side by side, not passed round."""

    kind = "joint_handling"
    title_zh, title_en = "区乡协同联办", "Joint handling"
    touches = ("routes",)
    lead: Literal["village", "township", "district"] = Field(
        "township", **labels("牵头", "Lead", options=LEADS)
    )

    from_below: bool = Field(False, **labels("下级等协办的也交牵头", "Cases that wait below go to the lead"))

    def apply(self, district: District) -> District:
        """The lead's step has the co-handlers beside it, waits for none of them and hands nothing up.

        With `from_below` nobody waits for a co-handler below the lead either: the cases that would have (a
        share s of those finished there) go to the lead, so that up_share becomes up + (1 - up) * s.
        """
        items, faults = find_items(self.kind, district, self.items)
        faults += check_bodies(self.kind, district, self.co_handlers)
        routes = own_handling(district.routes, items)
        for item in items:
            row, partners = self._find_lead(routes, item, self.lead, faults)
            if row is not None:
                routes = self._call(routes, row, partners, _without_wait(row, ("co_handler",)))
                routes = self._pass_on(routes, item) if self.from_below else routes
        if faults:
            raise DistrictFaults(faults)
        return district.with_tables(routes=routes)

    def _pass_on(self, routes: pd.DataFrame, item: str) -> pd.DataFrame:
        below = TIER_ORDER[: TIER_ORDER.index(self.lead)]
        for label, row in list_handling(routes, item).iterrows():
            if row["tier"] in below and row["up_to"] and row["delay_kind"] == "co_handler":
                up = row["up_share"] + (1 - row["up_share"]) * row["delay_share"]
                routes = set_cells(routes, label, {"up_share": up, "delay_share": 0.0})
        return routes


class Whistle(_Cooperation):
    """The township calls departments to a case with its head's approval; they must answer in time."""

    kind = "whistle"
    title_zh, title_en = "吹哨报到", "Whistle"
    touches = ("routes",)
    call: Literal["emergency", "hard"] = Field(
        "hard",
        **labels(
            "哨类",
            "Kind of call",
            options={"emergency": ("应急处置、联合执法", "emergency"), "hard": ("疑难事项", "hard matter")},
        ),
    )
    response_value: float = Field(
        0.0, ge=0, **labels("报到时限（0 为按类别）", "Response limit (0: by kind)")
    )
    response_clock: Literal["", "u", "w", "wd", "d"] = Field(
        "", **labels("时限单位", "Clock of the limit", options=CLOCKS)
    )
    approval_value: float = Field(
        WHISTLE["approval"]["value"], ge=0, **labels("审签时长（0 为无）", "Approval by the head (0: none)")
    )
    approval_clock: Literal["u", "w", "wd", "d"] = Field(
        WHISTLE["approval"]["clock"],
        **labels("审签单位", "Clock of the approval", options={k: v for k, v in CLOCKS.items() if k}),
    )

    def apply(self, district: District) -> District:
        """The township's step calls the co-handlers after an approval instead of asking or handing up.

        Its wait for authority or for a co-handler falls away; another wait (materials, a contractor) has
        the step's one place for a wait already, so that such an item takes no approval.
        """
        items, faults = find_items(self.kind, district, self.items)
        faults += check_bodies(self.kind, district, self.co_handlers)
        routes = own_handling(district.routes, items)
        for item in items:
            row, partners = self._find_lead(routes, item, "township", faults)
            if row is not None:
                routes = self._call(routes, row, partners, self._limit() | self._approve(row, faults))
        if faults:
            raise DistrictFaults(faults)
        return district.with_tables(routes=routes)

    def _limit(self) -> dict[str, object]:
        usual = WHISTLE[self.call]
        return {
            "whistle_value": float(self.response_value or usual["response_value"]),
            "whistle_clock": self.response_clock or usual["response_clock"],
        }

    def _approve(self, row: pd.Series, faults: list[Fault]) -> dict[str, object]:
        if not self.approval_value:
            return _without_wait(row, ("authority", "co_handler"))
        if row["delay_share"] > 0 and row["delay_kind"] not in ("authority", "co_handler"):
            words = f"the step waits for {row['delay_kind']} already: set approval_value to 0"
            faults.append(fault(self.kind, row["item"], "other wait", words))
        return {
            "delay_kind": "approval",
            "delay_share": 1.0,
            "delay_law": "exponential",
            "delay_value": float(self.approval_value),
            "delay_clock": self.approval_clock,
            "delay_when": "before",
        }


def _list_above(routes: pd.DataFrame, item: str, lead: pd.Series) -> list[tuple[object, pd.Series]]:
    """(label, row) of the steps to which the lead's cases would be handed up, one after the other."""
    rows = list_handling(routes, item)
    labels_of = {row["step"]: label for label, row in rows.iterrows()}
    found: list[tuple[object, pd.Series]] = []
    step = lead["up_to"]
    while step in labels_of and len(found) < len(rows):
        found.append((labels_of[step], rows.loc[labels_of[step]]))
        step = found[-1][1]["up_to"]
    return found


def _leads_elsewhere(routes: pd.DataFrame, target: pd.Series) -> bool:
    """Whether cases come to a step by another way than being handed up from the tier below it."""
    rows = routes[routes["item"] == target["item"]]
    named = rows[["next", "escalate_to", "back_to"]].eq(target["step"]).any(axis=None)
    return bool(named or (rows["up_to"].eq(target["step"]) & rows["up_share"].gt(0)).sum() > 1)


def _without_wait(row: pd.Series, kinds: tuple[str, ...]) -> dict[str, object]:
    return {"delay_share": 0.0} if row["delay_kind"] in kinds else {}
