"""What pages may ask: the district, its live state, jobs and sessions, put together by build_services."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import pandas as pd

from dashboard.settings import WebSettings
from hub.casework.desk import CaseDesk
from hub.clock import HubClock
from hub.contingency.desk import ContingencyDesk
from hub.duty.desk import DutyDesk
from hub.duty.roster import load_policy as load_duty
from hub.enacted import EnactedDesk
from hub.ingest import Ingest
from hub.jobs import Jobs
from hub.keys import Keys
from hub.known import KnownRuns
from hub.live import LiveState
from hub.notices import Notices
from hub.orders.desk import Orders
from hub.reports import Reports
from hub.scenarios import Library
from hub.scopes import Scope
from hub.snapshot import CaseRow, LiveSnapshot
from hub.statehash import StateHash
from hub.vault import Vault
from store.accounts import Accounts
from store.audit import Audit
from store.case_records import CaseRecords
from store.database import Store
from store.displays import Displays
from store.events import EventStore
from store.journal import Journal
from store.links import CaseLinks
from store.rates import Rates
from store.scenarios import ScenarioStore
from store.sessions import Sessions
from store.source_keys import SourceKeys
from store.wall_run import WallRun
from twin.district import District


class Live(Protocol):
    """Whatever tells what is happening now."""

    def snapshot(self) -> LiveSnapshot:
        """The newest state."""

    def list_open_at(self, place: str) -> list[CaseRow]:
        """Cases in hand in a township or village, the most urgent first."""

    def state_hash(self) -> StateHash:
        """The hash of the state with every event so far."""

    def read_cases(self) -> tuple[pd.DataFrame, LiveSnapshot]:
        """The cases that the newest state counts, and that state."""


@dataclass(frozen=True)
class Services:
    """Everything that the interface stands on; `folder` is the district's, for map layers of its own."""

    store: Store
    district: District
    folder: Path
    live: Live
    jobs: Jobs
    known: KnownRuns
    library: Library
    sessions: Sessions
    accounts: Accounts
    audit: Audit
    displays: Displays
    secrets: Keys
    vault: Vault | None
    clock: HubClock
    ingest: Ingest
    desk: CaseDesk
    reports: Reports
    keys: SourceKeys
    rates: Rates
    links: CaseLinks
    orders: Orders
    duty: DutyDesk
    contingency: ContingencyDesk
    notices: Notices
    enacted: EnactedDesk
    wall_run: WallRun
    settings: WebSettings = field(default_factory=WebSettings)

    @property
    def record(self) -> str:
        """Whose record a case is: `mirror` or `hub`."""
        return choose_record(self.district, self.settings)

    def scope(self, unit: str) -> Scope:
        """The part of the district under a unit; hub.scopes.UnknownScope where there is no such unit."""
        return _find_scope(Same(self.district), unit)


class Same:
    """A district as a key of a cache."""

    def __init__(self, district: District) -> None:
        self.district = district

    def __hash__(self) -> int:
        return id(self.district)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.district is other.district


@lru_cache(maxsize=1024)
def _find_scope(same: Same, unit: str) -> Scope:
    return Scope(same.district, unit)


def choose_record(district: District, settings: WebSettings) -> str:
    """Whose record a case is; a fictitious district has no other platform that could keep it."""
    return settings.record or ("hub" if district.label == "fictitious" else "mirror")


def build_services(
    store: Store, district: District, folder: Path, settings: WebSettings | None = None
) -> Services:
    """The services of a district over a store."""
    chosen = settings or WebSettings()
    secrets = Keys(chosen.key_file)
    live, clock, journal = LiveState(store, district), HubClock(store), Journal(store)
    contingency = ContingencyDesk(journal, district, clock.now)
    mode, ingest = choose_record(district, chosen), Ingest(EventStore(store), district)
    vault = Vault(CaseRecords(store), secrets) if mode == "hub" else None
    jobs = Jobs(store, district=district)
    return Services(
        store=store,
        district=district,
        folder=folder,
        live=live,
        jobs=jobs,
        known=KnownRuns(jobs),
        library=Library(ScenarioStore(store)),
        sessions=Sessions(store),
        accounts=Accounts(store),
        audit=Audit(store),
        displays=Displays(store, Sessions(store)),
        secrets=secrets,
        vault=vault,
        clock=clock,
        ingest=ingest,
        reports=Reports(ingest, district, clock, vault),
        orders=Orders(journal, district, clock.now, ladder=contingency.hurry),
        duty=DutyDesk(journal, district, clock.now, load_duty(folder), contingency.called_roles),
        contingency=contingency,
        notices=Notices(store),
        enacted=EnactedDesk(journal, EventStore(store), district, clock.now),
        wall_run=WallRun(store),
        desk=CaseDesk(store, district, live, clock, mode, urgent=contingency.urgent_matters),
        keys=SourceKeys(store),
        rates=Rates(store),
        links=CaseLinks(store),
        settings=chosen,
    )
