"""What pages may ask: the district, its live state, jobs and sessions, put together by build_services."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from dashboard.settings import WebSettings
from hub.clock import HubClock
from hub.ingest import Ingest
from hub.jobs import Jobs
from hub.live import LiveState
from hub.scopes import Scope
from hub.snapshot import CaseRow, LiveSnapshot
from store.accounts import Accounts
from store.audit import Audit
from store.database import Store
from store.events import EventStore
from store.sessions import Sessions
from twin.district import District


class Live(Protocol):
    """Whatever tells what is happening now."""

    def snapshot(self) -> LiveSnapshot:
        """The newest state."""

    def list_open_at(self, place: str) -> list[CaseRow]:
        """Cases in hand in a township or village, the most urgent first."""


@dataclass(frozen=True)
class Services:
    """Everything that the interface stands on; `folder` is the district's, for map layers of its own."""

    store: Store
    district: District
    folder: Path
    live: Live
    jobs: Jobs
    sessions: Sessions
    accounts: Accounts
    audit: Audit
    clock: HubClock
    ingest: Ingest
    settings: WebSettings = field(default_factory=WebSettings)

    @property
    def record(self) -> str:
        """Whose record a case is: `mirror` or `hub`."""
        fallback = "hub" if self.district.label == "fictitious" else "mirror"
        return self.settings.record or fallback

    def scope(self, unit: str) -> Scope:
        """The part of the district under a unit; hub.scopes.UnknownScope where there is no such unit."""
        return _find_scope(_Same(self.district), unit)


class _Same:
    """A district as a key of a cache."""

    def __init__(self, district: District) -> None:
        self.district = district

    def __hash__(self) -> int:
        return id(self.district)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.district is other.district


@lru_cache(maxsize=1024)
def _find_scope(same: _Same, unit: str) -> Scope:
    return Scope(same.district, unit)


def build_services(
    store: Store, district: District, folder: Path, settings: WebSettings | None = None
) -> Services:
    """The services of a district over a store."""
    return Services(
        store=store,
        district=district,
        folder=folder,
        live=LiveState(store, district),
        jobs=Jobs(store),
        sessions=Sessions(store),
        accounts=Accounts(store),
        audit=Audit(store),
        clock=HubClock(store),
        ingest=Ingest(EventStore(store), district),
        settings=settings or WebSettings(),
    )
