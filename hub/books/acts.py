"""Who acts, and why an act was refused."""

from dataclasses import dataclass

from hub.ingest import PERSONAL
from hub.scopes import Scope

LONGEST = 2000


@dataclass(frozen=True, eq=False)
class Actor:
    """A session that acts: its role, the part of the district it may touch, its account (blank: a link)."""

    role: str
    scope: Scope
    account: str = ""

    @property
    def unit(self) -> str:
        """The unit that the act is written under; blank for the whole district."""
        return self.scope.unit


class Refused(Exception):
    """An act that was not done; `why` is a key of the page's catalogue (why_*), with its values."""

    def __init__(self, why: str, **values: str) -> None:
        super().__init__(why)
        self.why, self.values = why, values


def read_text(text: object, needed: str = "", longest: int = LONGEST) -> str:
    """A text as it may be kept: trimmed, not too long, without a person's numbers.

    Refused `needed` where it is blank and that is not allowed, `too_long`, `personal`.
    """
    kept = text.strip() if isinstance(text, str) else ""
    if needed and not kept:
        raise Refused(needed)
    if len(kept) > longest:
        raise Refused("too_long", most=str(longest))
    if PERSONAL.search(kept):
        raise Refused("personal")
    return kept
