"""Where a case lives in the platform that sent it, and the token that its reporter holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from store.database import Store
from store.sessions import hash_token
from store.tables import case_links

INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
KEYS_A_QUERY = 400


@dataclass(frozen=True)
class CaseLink:
    """A case's place in its source: the address that opens it there, its number there; a token at filing."""

    case_id: str
    source: str
    source_url: str = ""
    external_id: str = ""
    token: str = ""


class CaseLinks:
    """Links of cases; a case belongs to the source that linked it first."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def read(self, case_ids: Iterable[str]) -> dict[str, CaseLink]:
        """The links of some cases, without their tokens."""
        wanted, found = sorted(set(case_ids)), {}
        with self.store.read() as connection:
            for start in range(0, len(wanted), KEYS_A_QUERY):
                some = case_links.c.case_id.in_(wanted[start : start + KEYS_A_QUERY])
                for row in connection.execute(select(case_links).where(some)):
                    found[row.case_id] = CaseLink(row.case_id, row.source, row.source_url, row.external_id)
        return found

    def find(self, case_id: str) -> tuple[str, str]:
        """The source of a case and its address there; blank where unknown."""
        link = self.read([case_id]).get(case_id)
        return (link.source, link.source_url) if link else ("", "")

    def find_case(self, token: str, source: str) -> str | None:
        """The case that a source filed under a token."""
        query = select(case_links.c.case_id).where(
            case_links.c.token_hash == hash_token(token), case_links.c.source == source
        )
        with self.store.read() as connection:
            return connection.scalar(query)


def write_links(connection: Connection, links: Sequence[CaseLink], now: datetime) -> None:
    """Keep links inside the caller's transaction; the address of a case changes by its own source only."""
    if not links:
        return
    rows = [
        {
            "case_id": link.case_id,
            "source": link.source,
            "source_url": link.source_url,
            "external_id": link.external_id,
            "token_hash": hash_token(link.token) if link.token else None,
            "created_at": now,
        }
        for link in {link.case_id: link for link in links}.values()
    ]
    new = INSERT[connection.dialect.name](case_links)
    kept = new.on_conflict_do_update(
        index_elements=["case_id"],
        set_={"source_url": new.excluded.source_url},
        where=(case_links.c.source == new.excluded.source) & (new.excluded.source_url != ""),
    )
    connection.execute(kept, rows)
