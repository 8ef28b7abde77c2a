"""Posts as countable squares by unit: what plan_posts.js draws, and what a drag makes of the draft."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import dash_mantine_components as dmc
import pandas as pd
from dash import dcc, html

from dashboard.actors import Words
from dashboard.i18n import t
from dashboard.maps import shorten_name
from dashboard.plan import forms
from dashboard.plan.fields import Choices
from dashboard.plan.played import Played, play
from dashboard.plan.tally import Move, count_tiers, list_moves
from simulation.measures.batches import POSTS
from simulation.measures.moving import find_lowest, list_present
from simulation.scenario import MEASURES
from twin.district import District

MOVE = "move_posts"
LARGEST_MOVE = 99
TEXTS = ("lifting", "may", "floor", "nothing", "donor", "town", "add", "take", "sum", "batches", "at_floor",
         "moved", "keys", "cancelled", "stay", "first", "later", "came")  # fmt: skip


def hold_board(choices: Choices, lang: str) -> html.Details:
    """The card: the role that posts take, the board, where the script says what it did."""
    role = dmc.Select(
        id="plan-move-role", label=t("board.role", lang), data=choices.of("role", lang), value="order",
        size="xs", w="13rem", allowDeselect=False, searchable=True,
        nothingFoundMessage=t("plan.none_found", lang),
    )  # fmt: skip
    head = html.Summary(
        [html.B(t("board.title", lang)), html.Span(t("board.how", lang), className="caption")]
    )
    texts = json.dumps({key: t(f"board.{key}", lang) for key in TEXTS}, ensure_ascii=False)
    board = html.Div(id="plan-board", **{"data-board": "", "data-texts": texts})
    return html.Details(
        [head, role, board, dcc.Store(id="plan-move")],
        className="card board-card",
        id="plan-board-card",
        open=True,
    )


def describe_board(draft: forms.Draft, district: District, words: Words) -> dict[str, Any]:
    """Donors with what leaves them and their floors, townships with what comes, and the totals by tier."""
    on = [row for row in draft if forms.is_on(row)]
    rows = [row for row in on if not forms.find_wrong(1, row["measure"], _fill(row), words.lang)]
    played = play([MEASURES[row["measure"]](**_fill(row)) for row in rows], district)
    moves, above = list_moves(played), _find_townships(district)
    days = sorted({move.day for move in moves if move.day})
    return {
        "donors": _list_donors(rows, played, moves, days, words),
        "towns": _list_towns(rows, played, moves, days, above, words),
        "tiers": {tier: list(pair) for tier, pair in count_tiers(played).items()},
    }


def _fill(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "measure" and value not in (None, "")}


def _list_donors(
    rows: forms.Draft, played: Played, moves: list[Move], days: list[date], words: Words
) -> list[dict[str, Any]]:
    """District units that have posts; `out` by batch, `spare` above the floor with all of it gone."""
    district = played.district
    units = district.units[(district.units["tier"] == "district") & (district.units["kind"] != "hub")]
    have = list_present(district.posts, None)["unit"].value_counts()
    authorised, floors = district.posts["unit"].value_counts(), _find_floors(rows)
    inside = set(units["code"])
    out = _sum_batches(
        ((m.from_unit, m) for m in moves if m.from_unit in inside and m.to_unit not in inside), days
    )
    found = []
    for code in units["code"]:
        if not authorised.get(code, 0):
            continue
        floor, share = floors.get(code, (0, POSTS["floor_share"]))
        lowest = find_lowest(district.posts, code, floor, share)
        gone = out.get(code, [])
        spare = int(have.get(code, 0)) - sum(gone) - lowest
        name = words.unit(code)
        name = name.removeprefix("区") if not name.startswith("区委") else name
        found.append({"code": code, "name": name, "have": int(have.get(code, 0)), "out": gone,
                      "floor": lowest, "spare": max(0, spare)})  # fmt: skip
    return found


def _list_towns(
    rows: forms.Draft,
    played: Played,
    moves: list[Move],
    days: list[date],
    above: Mapping[str, str],
    words: Words,
) -> list[dict[str, Any]]:
    """Townships with all their units; `came` by batch; `pairs`: how many from whom, by move_posts."""
    district = played.district
    offices = district.units[(district.units["tier"] == "township") & (district.units["kind"] == "office")]
    have = list_present(district.posts, None)["unit"].map(above).value_counts()
    came = _sum_batches(
        (
            (above[m.to_unit], m)
            for m in moves
            if m.to_unit in above and above.get(m.from_unit) != above[m.to_unit]
        ),
        days,
    )
    pairs = Counter[tuple[str, str]]()
    for row in rows:
        if row["measure"] == MOVE:
            pairs[above.get(row["to_unit"], ""), row["from_unit"]] += int(row["count"])
    return [
        {
            "code": code, "name": shorten_name(words.areas.get(area, words.unit(code)), words.lang),
            "have": int(have.get(code, 0)), "came": came.get(code, []),
            "pairs": {donor: number for (town, donor), number in pairs.items() if town == code},
        }
        for code, area in zip(offices["code"], offices["area"], strict=True)
    ]  # fmt: skip


def _find_townships(district: District) -> dict[str, str]:
    """Unit of a township -> its office: the unit itself, or the one above it."""
    units = district.units[district.units["tier"] == "township"]
    offices = set(units.loc[units["kind"] == "office", "code"])
    above = dict(zip(units["code"], units["parent"], strict=True))
    return {code: code if code in offices else parent for code, parent in above.items()}


def _find_floors(rows: forms.Draft) -> dict[str, tuple[int, float]]:
    """Donor -> the floor that its measures set: a count and a share of its authorised posts."""
    found: dict[str, tuple[int, float]] = {}
    for row in rows:
        if row["measure"] != MOVE:
            continue
        model = MEASURES[MOVE](**_fill(row)).model_dump()
        floor, share = found.get(model["from_unit"], (0, 0.0))
        found[model["from_unit"]] = max(floor, model["floor"]), max(share, model["floor_share"])
    return found


def _sum_batches(named: Iterable[tuple[str, Move]], days: list[date]) -> dict[str, list[int]]:
    """Unit -> posts by batch: what holds from the beginning first, then a number for each day."""
    table = pd.DataFrame([(name, days.index(m.day) + 1 if m.day else 0, m.posts) for name, m in named],
                         columns=["unit", "batch", "posts"])  # fmt: skip
    found: dict[str, list[int]] = {}
    for (unit, batch), number in table.groupby(["unit", "batch"])["posts"].sum().items():
        row = found.setdefault(str(unit), [0] * (len(days) + 1))
        row[int(batch)] = int(number)
    return found


def move_posts(draft: forms.Draft, move: Any, role: Any) -> forms.Draft | None:
    """The draft after a drag of `count` posts (below zero: back) from a unit to another; None for no drag.

    A measure of the same two units that is on is changed, one of the same role first; else a new one is
    written. A measure without posts goes.
    """
    if not isinstance(move, dict):
        return None
    donor, receiver, count = (move.get(key) for key in ("from", "to", "count"))
    if not isinstance(count, int) or isinstance(count, bool) or not 0 < abs(count) <= LARGEST_MOVE:
        return None
    if not isinstance(donor, str) or not isinstance(receiver, str) or not isinstance(role, str):
        return None
    same = [n for n, row in enumerate(draft) if _joins(row, donor, receiver)]
    same.sort(key=lambda n: draft[n].get("role") != role)
    if not same:
        new = {"measure": MOVE, "from_unit": donor, "to_unit": receiver, "role": role, "count": count}
        return [*draft, new] if count > 0 and len(draft) < forms.MOST_MEASURES else None
    number = same[0]
    left = _read_count(draft[number]) + count
    if left <= 0:
        return [row for n, row in enumerate(draft) if n != number]
    return [row | {"count": left} if n == number else row for n, row in enumerate(draft)]


def _joins(row: Mapping[str, Any], donor: str, receiver: str) -> bool:
    named = (row["measure"], row.get("from_unit"), row.get("to_unit"))
    return forms.is_on(row) and named == (MOVE, donor, receiver)


def _read_count(row: Mapping[str, Any]) -> int:
    count = row.get("count")
    return count if isinstance(count, int) else 0
