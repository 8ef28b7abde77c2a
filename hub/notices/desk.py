"""Notices as the hub sends them and as people read them here."""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from hub.notices.policy import NoticePolicy, load_policy
from hub.notices.webhook import load_webhook
from store.database import Store
from store.outbox import NewNotice, Notice, NoticeState, Outbox
from store.types import utc_now


class Notices:
    """The outbox of one store: put, list, mark as read; where no webhook is configured they stand here only.

    Waiting times, quiet hours and rates run on this machine's clock, for people read in real time.
    """

    def __init__(
        self,
        store: Store,
        policy: NoticePolicy | None = None,
        has_webhook: bool | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.outbox, self.clock = Outbox(store, clock), clock
        self.policy = policy or load_policy()
        self.has_webhook = load_webhook() is not None if has_webhook is None else has_webhook

    @property
    def state(self) -> NoticeState:
        """Where a new notice begins: on its way out, or inside."""
        return "waiting" if self.has_webhook else "inside"

    def send(self, unit: str, role: str, kind: str, body: Mapping[str, Any]) -> int:
        """Put one notice; 1, or 0 where the unit was told the same a short while ago.

        kind: one of the texts of notices.toml (`message` takes `text`); body: `subject`, what it is about,
        and `values` that fill the text. KeyError for a kind without a text.
        """
        return self.put([make_notice(unit, role, kind, body, self.clock(), secrets.token_hex(16))])

    def put(self, notices: Iterable[NewNotice], cursor: tuple[str, Mapping[str, Any]] | None = None) -> int:
        """Put notices, and the cursor of whoever found them; how many were new."""
        kept = list(notices)
        for notice in kept:
            _ = self.policy.texts[notice.kind]
        since = self.clock() - timedelta(minutes=self.policy.dedup_minutes)
        return self.outbox.put(kept, self.state, since, cursor)

    def list(self, units: Iterable[str] | None, limit: int = 50) -> tuple[Notice, ...]:
        """The newest notices to some units (None: to any)."""
        return tuple(self.outbox.list_newest(units, limit))

    def mark_read(self, units: Iterable[str], actor: str) -> int:
        """Mark what stands here for some units as read; how many that was."""
        return self.outbox.mark_read(units, actor, self.clock())


def make_notice(
    unit: str, role: str, kind: str, body: Mapping[str, Any], now: datetime, key: str
) -> NewNotice:
    """A notice whose id follows from unit, kind and key: the same is put once, however often it is found."""
    name = hashlib.sha256("\x1f".join((unit, kind, key)).encode()).hexdigest()[:32]
    return NewNotice(name, unit, role, kind, dict(body), now)
