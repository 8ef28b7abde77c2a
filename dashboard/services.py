"""What pages may ask: the district, its live state, jobs and sessions, put together by build_services."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from dashboard.settings import WebSettings
from hub.casework.desk import CaseDesk
from hub.clock import HubClock
from hub.ingest import Ingest
from hub.jobs import Jobs
from hub.keys import Keys
from hub.live import LiveState
from hub.scopes import Scope
from hub.snapshot import LiveSnapshot
from hub.vault import Vault
from store.accounts import Accounts
from store.audit import Audit
from store.case_records import CaseRecords
from store.database import Store
from store.displays import Displays
from store.events import EventStore
from store.sessions import Sessions
from twin.district import District


class Live(Protocol):
    """Whatever tells what is happening now."""

    def snapshot(self) -> LiveSnapshot:
        """The newest state."""


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
    displays: Displays
    keyring: Keys
    vault: Vault | None
    clock: HubClock
    ingest: Ingest
    desk: CaseDesk
    settings: WebSettings = field(default_factory=WebSettings)

    @property
    def record(self) -> str:
        """Whose record a case is: `mirror` or `hub`."""
        return choose_record(self.district, self.settings)

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


def choose_record(district: District, settings: WebSettings) -> str:
    """Whose record a case is; a fictitious district has no other platform that could keep it."""
    return settings.record or ("hub" if district.label == "fictitious" else "mirror")


def build_services(
    store: Store, district: District, folder: Path, settings: WebSettings | None = None
) -> Services:
    """The services of a district over a store."""
    chosen = settings or WebSettings()
    keyring = Keys(chosen.key_file)
    live, clock = LiveState(store, district), HubClock(store)
    return Services(
        store=store,
        district=district,
        folder=folder,
        live=live,
        jobs=Jobs(store),
        sessions=Sessions(store),
        accounts=Accounts(store),
        audit=Audit(store),
        displays=Displays(store, Sessions(store)),
        keyring=keyring,
        vault=Vault(CaseRecords(store), keyring) if choose_record(district, chosen) == "hub" else None,
        clock=clock,
        ingest=Ingest(EventStore(store), district),
        desk=CaseDesk(store, district, live, clock, choose_record(district, chosen)),
        settings=chosen,
    )
