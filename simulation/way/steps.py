"""The steps of a case's way, linked to their successors."""

from typing import Any

import numpy as np
import pandas as pd

from twin.calendar import WALL_CLOCKS
from twin.district import District
from twin.records import list_records

SELF_STEP = "self_handle"


class Step:
    """One step of an item in one channel, with its successors.

    `bit` marks its column (0 for the visit on the spot); `simple` means one post alone, taken from the home
    body; `delays_first` that the delay comes before the work; `delay_works` that it runs on the working
    clock; `is_plain` that nothing but work may happen there; `tail` are the columns of this step and those
    that follow it to the end where nobody works at any of them (empty otherwise); `helpers` are the steps of
    those who work beside the lead; `whistle` is the clock to answer a call.
    """

    __slots__ = (
        "back", "bit", "body", "column", "crew", "delay_works", "delays_first", "escalate", "escalate_to",
        "helpers", "interrupts", "is_accept", "is_dispatch", "is_handling", "is_plain", "item", "joint",
        "last_handled", "name", "next", "policy", "preempts", "row", "simple", "single", "skill", "state",
        "tail", "together", "travel", "up", "whistle",
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
    helpers: "tuple[Step, ...]"
    interrupts: bool
    is_accept: bool
    is_dispatch: bool
    is_handling: bool
    is_plain: bool
    item: int
    joint: bool
    last_handled: bool
    name: str
    next: Any
    policy: str
    preempts: bool
    row: int
    simple: bool
    single: bool
    skill: str
    state: str
    tail: tuple[int, ...]
    together: tuple[tuple[int, int], ...]
    travel: bool
    up: Any
    whistle: Any

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


class Linker:
    """Makes the steps of the items of one stage: `rows` of the flow, numbered from `first` on."""

    def __init__(
        self, district: District, rows: pd.DataFrame, bodies: list[tuple[str, str]], first: int
    ) -> None:
        self.district = district
        self.first = first
        self.numbers = {body: number for number, body in enumerate(bodies)}
        self.groups = rows.groupby("item", sort=False).indices
        self.plain = list_records(rows)
        mandates = district.mandates
        self.preempting = set(
            mandates.loc[mandates["preempts"] == 1, ["item", "tier", "role"]].itertuples(
                index=False, name=None
            )
        )

    def link(self) -> tuple[list[list[Step]], np.ndarray]:
        """Entry steps by item and channel, and the table item x column -> row of the flow (-1 none)."""
        width = max(len(found) for found in self.groups.values())
        columns = np.full((len(self.district.matters), width), -1)
        entries: list[list[Step]] = []
        for number, item in enumerate(self.district.matters.itertuples()):
            found = self.groups[item.item]
            columns[number, : len(found)] = found + self.first
            records = [
                {**self.plain[row], "row": row + self.first, "column": column}
                for column, row in enumerate(found)
            ]
            channels = self.district.settings.channels
            entries.append([self._link_channel(records, item, number, channel) for channel in channels])
        return entries, columns

    def _link_channel(self, records: list[dict[str, Any]], item: Any, number: int, channel: str) -> Step:
        open_to = [r for r in records if not r["channels"] or channel in r["channels"].split(";")]
        used = [r for r in open_to if not r["lead"]]
        steps = {r["step"]: self._make_step(r, item, number) for r in open_to}
        for r, following in zip(used, [*used[1:], None], strict=True):
            step = steps[r["step"]]
            step.next = (
                steps.get(r["next"]) if r["next"] else (steps[following["step"]] if following else None)
            )
            step.up = steps.get(r["up_to"])
            step.last_handled = r["back_to"] == "handled"
            step.back = steps.get(r["back_to"])
            step.escalate_to = steps.get(r["escalate_to"])
            step.helpers = tuple(steps[h["step"]] for h in open_to if h["lead"] == r["step"])
            step.joint = bool(step.helpers or step.together)
            quiet = step.is_handling or r["delay_share"] > 0 or step.escalate or step.joint
            step.is_plain = not quiet and step.body >= 0
        for step in steps.values():
            step.tail = find_tail(step)
        return steps[used[0]["step"]]

    def _make_step(self, r: dict[str, Any], item: Any, number: int) -> Step:
        together = tuple((self.numbers[t, role], crew) for role, t, crew in parse_together(r["together"]))
        handles = r["state"] == "handled"
        own = handles or bool(r["lead"])
        single = int(r["crew"]) == 1 and not together
        return Step(
            name=r["step"],
            row=r["row"],
            column=r["column"],
            item=number,
            state=r["state"],
            crew=int(r["crew"]),
            body=self.numbers.get((r["tier"], r["role"]), -1),
            travel=bool(r["travel"]),
            together=together,
            helpers=(),
            joint=bool(together),
            interrupts=bool(item.interrupts_duty) and own,
            preempts=own and bool(item.preempts or (item.item, r["tier"], r["role"]) in self.preempting),
            bit=1 << r["column"],
            single=single,
            skill=r["skill"],
            policy=r["policy"] or "home",
            simple=single and not r["skill"] and r["policy"] in ("", "home"),
            delay_works=r["delay_clock"] not in WALL_CLOCKS,
            delays_first=r["delay_when"] == "before",
            is_accept=r["state"] == "accepted",
            is_dispatch=r["state"] == "dispatched",
            is_handling=handles,
            is_plain=bool(r["lead"]) and not r["delay_share"],
            tail=(),
            escalate=(r["escalate_value"], r["escalate_clock"]) if r["escalate_value"] > 0 else None,
            whistle=(r["whistle_value"], r["whistle_clock"]) if r["whistle_value"] > 0 else None,
        )


def find_tail(step: Step) -> tuple[int, ...]:
    """The columns from a step to the end, where nobody works at any of them and no clock may interfere."""
    found: list[int] = []
    following: Step | None = step
    while following is not None:
        if following.body >= 0 or following.escalate or following.column in found:
            return ()
        found.append(following.column)
        following = following.next
    return tuple(found)


def walk_steps(entry: Step) -> list[Step]:
    """Every step that a case may come to from an entry step, helpers included."""
    found: dict[int, Step] = {}
    todo: list[Step | None] = [entry]
    while todo:
        step = todo.pop()
        if step is not None and step.row not in found:
            found[step.row] = step
            todo += [step.next, step.up, step.back, step.escalate_to, *step.helpers]
    return list(found.values())


def link_self_step(district: District, row: int, bodies: list[tuple[str, str]]) -> Step | None:
    """The one visit of a case settled on the spot; patrols yield to it."""
    if not district.settings.play.self_handled_share:
        return None
    body = bodies.index(("grid", district.settings.play.self_handled_role))
    return Step(
        name=SELF_STEP,
        row=row,
        column=-1,
        state="self_handled",
        crew=1,
        body=body,
        travel=False,
        together=(),
        helpers=(),
        tail=(),
        joint=False,
        interrupts=True,
        preempts=False,
        bit=0,
        single=True,
        simple=True,
        skill="",
        policy="home",
        delay_works=False,
        delays_first=False,
        is_accept=False,
        is_dispatch=False,
        is_handling=False,
        is_plain=False,
        escalate=None,
    )
