"""Filing a case: what is reported, where, through which channel; one way for desks and other systems."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from hub.clock import HubClock
from hub.ingest import Ingest
from hub.places import PlaceFinder
from store.events import Act
from store.links import CaseLink
from twin.district import District


class UnknownService(ValueError):
    """There is no matter and no item with this code."""


class Vault(Protocol):
    """Where what people wrote is kept, encrypted and apart."""

    def put_words(self, case_id: str, words: Mapping[str, str], by: str) -> None:
        """Keep what a form says: how to reach the person apart from the rest."""


@dataclass(frozen=True)
class Report:
    """What is reported.

    code: of a matter or an item; longitude, latitude: degrees; words: what people wrote and how to reach
    them, by name - they go to the vault or nowhere, never into the event log.
    """

    code: str
    longitude: float
    latitude: float
    channel: str
    words: Mapping[str, str]
    source_url: str = ""
    external_id: str = ""


@dataclass(frozen=True)
class Filed:
    """A case that was filed: its id, the token that its reporter follows it by, its grid (blank: outside)."""

    case_id: str
    token: str
    grid: str


class Reports:
    """Files cases; `vault` is there where the hub keeps the record of a case itself."""

    def __init__(
        self, ingest: Ingest, district: District, clock: HubClock, vault: Vault | None = None
    ) -> None:
        self.ingest, self.clock, self.vault = ingest, clock, vault
        self.places = PlaceFinder(district)
        self.items = district.matters.set_index("item")

    def choose_item(self, code: str) -> str:
        """The item of a code: itself, or a matter's most frequent one; UnknownService for any other."""
        if code in self.items.index:
            return code
        items = self.items[self.items["matter"] == code]
        if not len(items):
            raise UnknownService(code)
        return str(items["share"].idxmax())

    def file_report(self, report: Report, source: str, actor: str) -> Filed:
        """A new case with its `reported` event at the hub's moment.

        Raises UnknownService, hub.vault.RecordRefused where the words cannot be kept, and
        store.event_rows.EventFaults where the event cannot be one.
        """
        item = self.choose_item(report.code)
        ((x, y),) = self.places.to_metres([report.longitude], [report.latitude])
        (grid,) = self.places.find_grids([x], [y])
        moment, origin = self.clock.read()
        filed = Filed(secrets.token_hex(8), secrets.token_urlsafe(24), grid)
        row: dict[str, Any] = {
            "origin": origin, "source": source, "event_id": f"{filed.case_id}-000", "case_id": filed.case_id,
            "kind": "case", "occurred_at": moment, "state": "reported", "phase": "done",
            "channel": report.channel, "matter": item, "grid": grid, "x": x, "y": y,
            "priority": int(self.items.at[item, "priority"]),
        }  # fmt: skip
        link = CaseLink(filed.case_id, source, report.source_url, report.external_id, filed.token)
        if self.vault is not None and report.words:
            self.vault.put_words(filed.case_id, report.words, actor)
        self.ingest.accept([row], Act(actor, "case filed", filed.case_id, {"item": item}), links=[link])
        return filed
