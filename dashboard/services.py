"""What pages may ask: the district, its live state, jobs and sessions, put together once by app.py."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from dashboard.settings import WebSettings
from hub.jobs import Jobs
from hub.snapshot import LiveSnapshot
from store.sessions import Sessions
from twin.district import District


class Live(Protocol):
    """Whatever tells what is happening now."""

    def snapshot(self) -> LiveSnapshot:
        """The newest state."""


@dataclass(frozen=True)
class Services:
    """Everything that the interface stands on; `folder` is the district's, for map layers of its own."""

    district: District
    live: Live
    jobs: Jobs
    sessions: Sessions
    folder: Path
    settings: WebSettings = field(default_factory=WebSettings)
