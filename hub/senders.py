"""What another system sends -> rows of the event log: its own source, places found, nothing else said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.places import PlaceFinder
from store.event_rows import RowFault
from store.links import CaseLink
from twin.district import District
from twin.eventlog import COLUMNS

#: What the hub itself writes.
OWN = ("source", "recorded_at", "seq", "run_id", "scenario", "replication")
GIVEN = tuple(name for name in COLUMNS if name not in OWN)
EXTRA = ("lon", "lat", "source_url")
DEFAULTS = {"origin": "live", "kind": "case", "phase": "done"}
ADDRESS = re.compile(r"https?://[^\s<>\"'\\\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,500}")


@dataclass
class Sent:
    """Rows with the columns of the event log, the links of their cases, and what is wrong with them."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    links: list[CaseLink] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)


class Sender:
    """Makes rows of what a source sends."""

    def __init__(self, district: District) -> None:
        self.places = PlaceFinder(district)
        matters = district.matters
        self.priorities = dict(zip(matters["item"], matters["priority"].astype(int).tolist(), strict=True))

    def prepare(self, events: Sequence[Any], source: str, replays: bool = False) -> Sent:
        """Rows of a source; `replays`: it may send what is played again as well as what happens now.

        `lon`, `lat` (degrees, WGS 84) become x, y in metres; a missing grid is found from the
        place, and stays blank outside any grid; a missing priority is the item's; `source_url` becomes the
        link of its case.
        """
        sent = Sent()
        for number, event in enumerate(events):
            sent.rows.append(self._make_row(number, event, source, replays, sent))
        self._place(sent)
        return sent

    def _make_row(self, number: int, event: Any, source: str, replays: bool, sent: Sent) -> dict[str, Any]:
        if not isinstance(event, dict):
            sent.faults.append(RowFault(number, "", "", "is not an object"))
            return {}
        event_id = event.get("event_id")
        name = event_id[:200] if isinstance(event_id, str) else ""
        row = {**DEFAULTS, **event, "source": source}
        for column, message in self._find_faults(event, row, source, replays):
            sent.faults.append(RowFault(number, name, column, message))
            row.pop(column, None)
        if row.get("priority") is None and isinstance(row.get("matter"), str):
            row["priority"] = self.priorities.get(row["matter"])
        url = row.pop("source_url", None)
        if url and row.get("case_id"):
            sent.links.append(CaseLink(str(row["case_id"]), source, url))
        return row

    def _find_faults(
        self, event: dict[str, Any], row: dict[str, Any], source: str, replays: bool
    ) -> list[tuple[str, str]]:
        faults = [
            (str(column)[:60], "is not a column that a source may send")
            for column in event
            if column not in GIVEN and column not in EXTRA and column != "source"
        ]
        if event.get("source", source) != source:
            faults.append(("source", f"is not the source of this key, {source}"))
        if row["origin"] == "replay" and not replays:
            faults.append(("origin", "replay: this key has no scope replay"))
        url = event.get("source_url")
        if url not in (None, "") and not (isinstance(url, str) and ADDRESS.fullmatch(url)):
            faults.append(("source_url", "is not an http(s) address of at most 500 characters"))
        return faults + _find_odd_place(event)

    def _place(self, sent: Sent) -> None:
        located = [row for row in sent.rows if "lon" in row or "lat" in row]
        placed = [row for row in located if _is_number(row.get("lon")) and _is_number(row.get("lat"))]
        if placed:
            degrees = [row["lon"] for row in placed], [row["lat"] for row in placed]
            for row, (x, y) in zip(placed, self.places.to_metres(*degrees), strict=True):
                row["x"], row["y"] = x, y
        for row in located:
            row.pop("lon", None)
            row.pop("lat", None)
        homeless = [
            row
            for row in sent.rows
            if row.get("grid") in (None, "") and _is_number(row.get("x")) and _is_number(row.get("y"))
        ]
        if homeless:
            grids = self.places.find_grids([row["x"] for row in homeless], [row["y"] for row in homeless])
            for row, grid in zip(homeless, grids, strict=True):
                row["grid"] = grid


def _find_odd_place(event: dict[str, Any]) -> list[tuple[str, str]]:
    faults = []
    lon, lat = event.get("lon"), event.get("lat")
    if lon is None and lat is None:
        return [("x", "comes with y") for _ in [0] if (event.get("x") is None) != (event.get("y") is None)]
    for name, value, most in (("lon", lon, 180), ("lat", lat, 90)):
        if value is None or not _is_number(value) or not -most <= value <= most:
            faults.append((name, f"lies between -{most} and {most} degrees, and comes with the other"))
    if event.get("x") is not None or event.get("y") is not None:
        faults.append(("x", "is given twice: send x and y, or lon and lat"))
    return faults


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9
