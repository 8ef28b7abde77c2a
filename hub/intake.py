"""Events of other systems on their way in: made into rows, checked, stored and audited."""

from collections.abc import Sequence
from typing import Any

from hub.ingest import Ingest
from hub.senders import Sender
from store.events import Acknowledgement, Act
from store.source_keys import SourceKey
from twin.district import District


class Intake:
    """What keys may send."""

    def __init__(self, ingest: Ingest, district: District) -> None:
        self.ingest, self.sender = ingest, Sender(district)

    def take(self, events: Sequence[Any], key: SourceKey) -> list[Acknowledgement]:
        """Store the events of a source; what became of each, in their order.

        Raises store.event_rows.EventFaults with every fault, and nothing stored.
        """
        sent = self.sender.prepare(events, key.source, replays="replay" in key.scopes)
        detail = {"key_id": key.key_id, "events": len(sent.rows)}
        act = Act(f"source:{key.source}", "events received", key.source, detail)
        return self.ingest.accept(sent.rows, act, links=sent.links, faults=sent.faults)
