"""The rows of a case's way, by item: general rows, own rows, and those of helpers beside a lead."""

from itertools import groupby
from operator import itemgetter

import numpy as np
import pandas as pd

from simulation.way.steps import parse_together
from twin.district import District
from twin.faults import DistrictFaults, Fault
from twin.records import list_records
from twin.schema import DEFAULTS

_LEADS_ALONE = (
    "delay_kind", "delay_share", "up_share", "up_to", "back_share", "back_to", "next", "escalate_value",
    "escalate_to", "together", "parallel", "end_share", "whistle_value",
)  # fmt: skip  # what happens to the case is said by the lead's row, not by its helpers'
_WALKED = ["item", "step", "channels", "next", "escalate_to", "up_to", "back_to"]
_ONCE = {column: DEFAULTS["routes"][column] for column in _LEADS_ALONE}


def expand_rows(district: District) -> pd.DataFrame:
    """Route rows by item: an item's own row for a step, else the general one; ordered by position.

    `lead` is the step that a row works beside (a helper of `parallel`), else blank. A wait for authority
    falls away where the mandate is held.
    """
    routes, items = district.routes, district.matters["item"]
    own = routes[routes["item"].isin(items)]
    general = routes[routes["item"] == "*"].drop(columns="item")
    shared = general.merge(items.to_frame(), how="cross")
    taken = pd.MultiIndex.from_frame(own[["item", "step"]])
    shared = shared[~pd.MultiIndex.from_frame(shared[["item", "step"]]).isin(taken)]
    rows = pd.concat([own, shared[own.columns]], ignore_index=True).assign(lead="")
    rows = pd.concat([rows, _list_helpers(rows)], ignore_index=True)
    rows = rows.assign(order=rows["item"].map(dict(zip(items, range(len(items)), strict=True))))
    rows = rows.sort_values(["order", "lead", "position", "step"], kind="stable", ignore_index=True)
    return _drop_waits(rows.drop(columns="order"), district)


def _list_helpers(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a helper of a step with `parallel`: its minutes are those of its own step for the item."""
    found = []
    handling = {
        (r["item"], r["tier"], r["role"]): r
        for r in list_records(rows[(rows["state"] == "handled") & (rows["role"] != "")])
    }
    for row in list_records(rows[rows["parallel"] != ""]):
        for number, (role, tier, crew) in enumerate(parse_together(row["parallel"]), 1):
            like = handling.get((row["item"], tier, role), row)
            name = f"{row['step']}+{role}@{tier}#{number}"
            helper = {**row, **_ONCE, "step": name, "lead": row["step"], "state": "joint"}
            helper |= {"tier": tier, "role": role, "crew": crew, "skill": ""}
            helper |= {column: like[column] for column in ("law", "minutes", "cv")}
            found.append(helper)
    return pd.DataFrame(found, columns=rows.columns).astype(rows.dtypes.to_dict())


def _drop_waits(rows: pd.DataFrame, district: District) -> pd.DataFrame:
    mandates = district.mandates[["item", "tier", "role", "holds"]].itertuples()
    held = {(m.item, m.tier, m.role): m.holds for m in mandates}
    keys = zip(rows["item"], rows["tier"], rows["role"], strict=True)
    holds = np.array([held.get(key, 1) for key in keys])
    idle = (rows["delay_kind"] == "authority") & (holds == 1)
    return rows.assign(delay_share=rows["delay_share"].where(~idle, 0.0))


def list_bodies(rows: pd.DataFrame) -> set[tuple[str, str]]:
    """(tier, role) of every body that rows name."""
    named = {*zip(rows["tier"], rows["role"], strict=True)} - {("", "")}
    together = {text for text in rows["together"].unique() if text}
    return named | {(tier, role) for text in together for role, tier, _ in parse_together(text)}


def measure_crews(rows: pd.DataFrame) -> dict[str, int]:
    """The most posts that a step asks of each role at one moment."""
    crews = {
        str(role): int(crew) for role, crew in rows[rows["role"] != ""].groupby("role")["crew"].max().items()
    }
    for text in sorted(set(rows["together"]) - {""}):
        for role, _, crew in parse_together(text):
            crews[role] = max(crews.get(role, 1), crew)
    return crews


def refuse_unreachable_steps(rows: pd.DataFrame, channels: list[str]) -> None:
    """Raise DistrictFaults for steps that no case can come to, or from which none comes to an end."""
    faults = []
    ways = rows.loc[rows["lead"] == "", _WALKED]
    for item, group in groupby(list_records(ways), itemgetter("item")):
        records = list(group)
        seen: set[str] = set()
        for channel in channels:
            used = [r for r in records if not r["channels"] or channel in r["channels"].split(";")]
            if not used:
                faults.append(Fault("routes", f"{item}", "no step", f"none for the channel {channel}"))
                continue
            reached, ends = _walk(used)
            seen |= reached
            if not ends:
                faults.append(Fault("routes", f"{item}", "no end", f"a case by {channel} never comes to one"))
        faults += [
            Fault("routes", f"{item} {r['step']}", "unreachable step", "no other step leads to it")
            for r in records
            if r["step"] not in seen
        ]
    if faults:
        raise DistrictFaults(faults)


def _walk(used: list[dict[str, object]]) -> tuple[set[str], bool]:
    """The steps that a case may come to, and whether one of them ends it."""
    place = {str(r["step"]): number for number, r in enumerate(used)}
    seen: set[str] = set()
    todo = [str(used[0]["step"])]
    ends = False
    while todo:
        step = todo.pop()
        if step in seen or step not in place:
            continue
        seen.add(step)
        number = place[step]
        row = used[number]
        following = row["next"] or (used[number + 1]["step"] if number + 1 < len(used) else "")
        ends |= not following or str(following) not in place
        onward = [following, row["escalate_to"], row["up_to"], row["back_to"]]
        todo += [str(name) for name in onward if name]
    return seen, ends
