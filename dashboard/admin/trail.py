"""The audit trail as a table, a page at a time, and what its chain of hashes says."""

from dataclasses import dataclass
from typing import Any

from dash import html

from dashboard.formats import table
from dashboard.i18n import catalogue, t
from dashboard.services import Services
from dashboard.wall import Names
from store.audit import AuditRow

ROWS = 50
LONGEST = 100
HIGHEST = 2**62


@dataclass(frozen=True)
class Turn:
    """Where a reader stands: the number above each page that was turned, the newest page first."""

    before: tuple[int, ...] = ()

    @classmethod
    def read(cls, value: Any) -> "Turn":
        """From what a browser sends; anything odd is the first page."""
        if not isinstance(value, list) or not all(type(n) is int and 0 < n < HIGHEST for n in value):
            return cls()
        return cls(tuple(value))

    @property
    def last(self) -> int | None:
        """Rows of this page lie below this number."""
        return self.before[-1] if self.before else None


def turn(trigger: Any, turned: Any, shown: list[AuditRow]) -> Turn:
    """The page after a press: older, newer, or the first for a new search."""
    now = Turn.read(turned)
    if trigger == "audit-older":
        return Turn((*now.before, shown[-1].audit_no)) if len(shown) == ROWS else now
    if trigger == "audit-newer":
        return Turn(now.before[:-1])
    return Turn()


def find_rows(services: Services, text: Any, page: Turn) -> list[AuditRow]:
    """The rows of a page."""
    wanted = text.strip()[:LONGEST] if isinstance(text, str) else ""
    return services.audit.find(wanted, page.last, ROWS)


def draw_rows(rows: list[AuditRow], services: Services, lang: str) -> Any:
    """One row an act: number, moment, who, what, to what, and the particulars."""
    if not rows:
        return html.P(t("audit.empty", lang), className="empty")
    names = Names(services.district, lang)
    head = [(t("audit.head_no", lang), "n")]
    head += [(t(f"audit.head_{name}", lang), "") for name in ("at", "actor", "action", "subject", "detail")]
    body = [
        [
            str(row.audit_no),
            names.clock(row.at, "%Y-%m-%d %H:%M:%S"),
            html.B(name_subject(row.actor, lang)),
            name_action(row.action, lang),
            name_subject(row.subject, lang),
            html.Span(name_detail(row, lang), className="quiet"),
        ]
        for row in rows
    ]
    return table(head, body, t("audit.name", lang))


def name_action(action: str, lang: str) -> str:
    """An act in words; one that the catalogue lacks stands as it was written."""
    return catalogue(lang).get(f"audit.act_{action.replace(' ', '_')}", action)


def name_subject(text: str, lang: str) -> str:
    """`account:li` in words; what the catalogue lacks stands as it was written."""
    kind, colon, name = text.partition(":")
    word = catalogue(lang).get(f"audit.of_{kind}")
    if word is None:
        return text
    return f"{word} {name_value('role', name, lang) if kind in ('role', 'link') else name}" if colon else word


def name_detail(row: AuditRow, lang: str) -> str:
    """The particulars that are not blank."""
    known = catalogue(lang)
    told = [(key, value) for key, value in row.detail.items() if value not in ("", None)]
    return " · ".join(
        f"{known.get(f'audit.key_{key}', key)} {name_value(key, value, lang)}" for key, value in told
    )


def name_value(key: str, value: Any, lang: str) -> str:
    """A role, a kind or a way in by its name; anything else as it is."""
    return catalogue(lang).get({"role": "frame.role_"}.get(key, f"audit.{key}_") + str(value), str(value))


def describe_chain(services: Services, lang: str) -> tuple[str, str]:
    """The page's sentence and its class: how many rows, and whether each follows from the one before."""
    broken = services.audit.find_break()
    if broken is None:
        return t("audit.whole", lang, count=f"{services.audit.count():,}"), ""
    return t("audit.broken", lang, number=f"{broken:,}"), "red"
