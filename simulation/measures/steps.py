"""Rows of `routes` that a measure changes: general ones are copied before one item's row is changed."""

from collections.abc import Callable, Collection

import pandas as pd

from simulation.measures.base import fault
from simulation.measures.lookup import list_bodies
from twin.district import District
from twin.faults import Fault

TIER_ORDER = ("grid", "village", "township", "district")


def pick_rows(
    routes: pd.DataFrame, items: Collection[str], wanted: Callable[[pd.DataFrame], pd.Series]
) -> tuple[pd.DataFrame, pd.Series]:
    """Routes and the mask of the wanted rows of some items (blank: of every row).

    A general row (`*`) that is wanted for some items only is copied to each that has no row of its own.
    """
    if not items:
        return routes, wanted(routes)
    own = routes[routes["item"] != "*"]
    general = routes[(routes["item"] == "*") & wanted(routes)]
    taken = set(zip(own["item"], own["step"], strict=True))
    copies = [
        general[[(item, step) not in taken for step in general["step"]]].assign(item=item) for item in items
    ]
    if any(len(copy) for copy in copies):
        routes = pd.concat([routes, *copies], ignore_index=True)
    return routes, routes["item"].isin(list(items)) & wanted(routes)


def own_handling(routes: pd.DataFrame, items: Collection[str]) -> pd.DataFrame:
    """Routes in which some items have rows of their own for every step that handles them."""
    return pick_rows(routes, items, lambda rows: rows["state"] == "handled")[0] if items else routes


def list_handling(routes: pd.DataFrame, item: str) -> pd.DataFrame:
    """The rows in which an item is handled, in order."""
    rows = routes[(routes["item"] == item) & (routes["state"] == "handled")]
    return rows.sort_values(["position", "step"])


def find_step(routes: pd.DataFrame, item: str, tier: str, role: str = "") -> pd.Series | None:
    """The row in which a tier (and role) handles an item; None where it does not."""
    rows = list_handling(routes, item)
    rows = rows[rows["tier"] == tier]
    rows = rows[rows["role"] == role] if role else rows
    return rows.iloc[0] if len(rows) else None


def parse_body(text: str) -> tuple[str, str, int]:
    """(role, tier, posts) of `role@tier*crew`; the crew may be left out."""
    body, _, crew = text.partition("*")
    role, _, tier = body.partition("@")
    return role.strip(), tier.strip(), int(crew) if crew.strip().isdigit() else 1


def join_bodies(*texts: str) -> str:
    """`;` list of bodies without doubles, in their order."""
    parts = [part for text in texts for part in text.split(";") if part]
    return ";".join(dict.fromkeys(parts))


def check_bodies(kind: str, district: District, texts: Collection[str]) -> list[Fault]:
    """A fault for each `role@tier*crew` that no filled post of the district staffs."""
    known = list_bodies(district)
    return [
        fault(kind, text, "body unstaffed", "write role@tier, of a role that some post there has")
        for text in texts
        if (parse_body(text)[1], parse_body(text)[0]) not in known
    ]
