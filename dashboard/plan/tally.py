"""Posts before and after a scenario: by tier, by unit, and which went where on which day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from dashboard.plan.played import Played
from simulation.measures.moving import list_present
from twin.district import District

TIERS = ("district", "township", "village")


@dataclass(frozen=True)
class Move:
    """So many posts from a unit to another on a day (None: from the beginning)."""

    day: date | None
    from_unit: str
    to_unit: str
    posts: int


def count_tiers(played: Played) -> dict[str, tuple[int, int]]:
    """Tier -> filled posts before and after, with everything in force."""
    before, after = (_count_by_tier(d) for d in (played.district, played.last))
    return {tier: (before.get(tier, 0), after.get(tier, 0)) for tier in TIERS}


def _count_by_tier(district: District) -> dict[str, int]:
    present = list_present(district.posts, None)
    tiers = present["unit"].map(dict(zip(district.units["code"], district.units["tier"], strict=True)))
    return {str(tier): int(number) for tier, number in tiers.value_counts().items()}


def count_units(played: Played) -> dict[str, tuple[int, int]]:
    """Unit -> filled posts before and after, for the units where they differ."""
    before, after = (
        list_present(d.posts, None)["unit"].value_counts() for d in (played.district, played.last)
    )
    pairs = {
        unit: (int(before.get(unit, 0)), int(after.get(unit, 0))) for unit in {*before.index, *after.index}
    }
    return {unit: pairs[unit] for unit in sorted(pairs) if pairs[unit][0] != pairs[unit][1]}


def list_moves(played: Played) -> list[Move]:
    """Posts that change their unit, by day, donor and receiver; a post that moves twice is told twice."""
    moves: list[Move] = []
    before = _place(played.district)
    for day, district in played.stages:
        after = _place(district)
        moved = pd.DataFrame({"a": before, "b": after.reindex(before.index)})
        moved = moved[(moved["a"] != moved["b"]) & moved["b"].notna()]
        moves += [
            Move(day, str(a), str(b), int(number))
            for (a, b), number in moved.groupby(["a", "b"]).size().items()
        ]
        before = after
    return moves


def _place(district: District) -> "pd.Series[Any]":
    return district.posts.set_index("post_id")["unit"]


def measure_gap(played: Played) -> int:
    """Filled posts that the whole has more (below zero: fewer) afterwards: 0 where giving equals taking."""
    return sum(after - before for before, after in count_tiers(played).values())
