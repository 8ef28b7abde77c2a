"""The run that a planner put on the wall, one for the whole district; the audit trail says who and when."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from store.audit import record_audit
from store.database import Store
from store.notes import read_note, write_note
from store.types import utc_now

NOTE = "wall_run"


@dataclass(frozen=True)
class ShownRun:
    """A scenario of a run, by whom it was put on the wall and when (ISO, UTC)."""

    job_id: str
    scenario: str
    by: str
    at: str


class WallRun:
    """Puts a run on the wall and takes it down; the last one put up is shown."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = utc_now) -> None:
        self.store, self.clock = store, clock

    def get(self) -> ShownRun | None:
        """The run that is shown; None: none."""
        with self.store.read() as connection:
            body = read_note(connection, NOTE)
        return ShownRun(**body) if body else None

    def put(self, job_id: str, scenario: str, by: str) -> None:
        """Show a scenario of a run in the place of whatever is shown."""
        now = self.clock()
        shown = ShownRun(job_id, scenario, by, now.isoformat())
        with self.store.write() as connection:
            write_note(connection, NOTE, asdict(shown), now)
            record_audit(connection, now, by, "run put on the wall", f"job:{job_id}", {"scenario": scenario})

    def take_down(self, by: str) -> bool:
        """Show none any more; False where there was none."""
        now = self.clock()
        with self.store.write() as connection:
            body = read_note(connection, NOTE)
            if not body:
                return False
            write_note(connection, NOTE, {}, now)
            record_audit(connection, now, by, "run taken off the wall", f"job:{body['job_id']}")
        return True
