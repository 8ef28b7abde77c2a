"""The steps of a case's way, linked to their successors."""

from typing import Any

import numpy as np
import pandas as pd

from twin.calendar import WALL_CLOCKS
from twin.district import District

SELF_STEP = "self_handle"


class Step:
    """One step of an item in one channel, with its successors.

    `bit` marks its column (0 for the visit on the spot); `single` means one post alone; `delays_first` that
    the delay comes before the work; `delay_works` that it runs on the working clock;
    `is_last` that the case ends there with nobody at work; `is_plain` that nothing but work may happen there.
    """

    __slots__ = (
        "back", "bit", "body", "column", "crew", "delay_works", "delays_first", "escalate", "escalate_to",
        "interrupts", "is_dispatch", "is_handling", "is_last", "is_plain", "item", "last_handled",
        "name", "next", "preempts", "row", "single", "state", "together", "travel", "up",
    )  # fmt: skip

    back: Any
    bit: int
    body: int
    column: int
    crew: int
    delay_works: bool
    delays_first: bool
    escalate: Any
    escalate_to: Any
    interrupts: bool
    is_dispatch: bool
    is_handling: bool
    is_last: bool
    is_plain: bool
    item: int
    last_handled: bool
    name: str
    next: Any
    preempts: bool
    row: int
    single: bool
    state: str
    together: tuple[tuple[int, int], ...]
    travel: bool
    up: Any

    def __init__(self, **values: Any) -> None:
        for name in self.__slots__:
            setattr(self, name, values.get(name))


def parse_together(text: str) -> list[tuple[str, str, int]]:
    """(role, tier, posts) of each body that must start at the same moment: `role@tier*crew;...`."""
    found = []
    for part in filter(None, text.split(";")):
        body, _, crew = part.partition("*")
        role, _, tier = body.partition("@")
        found.append((role, tier, int(crew or 1)))
    return found


def link_steps(
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
        step.is_last = step.body < 0 and step.next is None and step.escalate is None
        step.is_plain = not (step.is_handling or r["delay_share"] > 0 or step.escalate) and step.body >= 0
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
        bit=1 << r["column"],
        single=int(r["crew"]) == 1 and not together,
        delay_works=r["delay_clock"] not in WALL_CLOCKS,
        delays_first=r["delay_when"] == "before",
        is_dispatch=r["state"] == "dispatched",
        is_handling=r["state"] == "handled",
        escalate=(r["escalate_value"], r["escalate_clock"]) if r["escalate_value"] > 0 else None,
    )


def link_self_step(district: District, rows: pd.DataFrame, bodies: list[tuple[str, str]]) -> Step | None:
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
        bit=0,
        single=True,
        delay_works=False,
        delays_first=False,
        is_dispatch=False,
        is_handling=False,
        escalate=None,
    )
