"""A case file as the drawer shows it: frozen records of plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from hub.snapshot import Light

#: What may be done with a case, in the order of its life; hub.casework.rules says when and by whom.
ACTIONS = (
    "accept", "refuse", "transfer", "merge", "verify", "void", "advise", "dispatch", "start", "return",
    "arrive", "joint", "whistle", "hand_up", "ask_suspend", "suspend", "resume", "ask_extend", "extend",
    "feedback", "check", "rework", "close", "evaluate", "reopen",
)  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """One action on a case for one person: open to them, or why not.

    why_not: key of the catalogue casework.why_*, blank where allowed, with the values of its places;
    reasons: codes to choose from (casework.reason_*), one of which is needed; units: bodies to choose from,
    the recommended first, one of which is needed; verdicts: likewise for an evaluation.
    """

    action: str
    allowed: bool
    why_not: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One move of a case's history; stage 0-6 of the seven, -1 for a move between them; minutes on the
    step's own clock, None where it has no limit; light of the step's limit at its end (now, for the last).
    """

    occurred_at: datetime
    state: str
    stage: int
    unit: str
    role: str
    tier: str
    reason: str
    verdict: str
    by_hand: bool
    used_minutes: float | None
    limit_minutes: float | None
    light: Light | None


@dataclass(frozen=True)
class CaseClock:
    """A due time that runs: name step, handling or close; used and limit in minutes on its own clock
    (`clock`: u all time, w working time); remaining is negative past due; stopped while suspended.
    """

    name: str
    due: datetime
    clock: str
    used_minutes: float
    limit_minutes: float
    remaining_minutes: float
    light: Light
    stopped: bool


@dataclass(frozen=True)
class Candidate:
    """A body that could take the case, with the reasons for and against it.

    holds: it has the mandate; minutes: from its base to the place, None where unknown; in_hand: open cases
    it holds; posts: filled posts of the role; on_time, low, high: share closed in time of `due` like cases
    in the window, with Wilson's 95 % interval, None where there are too few.
    """

    unit: str
    tier: str
    role: str
    holds: bool
    minutes: float | None
    in_hand: int
    posts: int
    on_time: float | None
    low: float | None
    high: float | None
    due: int


@dataclass(frozen=True)
class Twin:
    """An open case that may be the same matter: metres apart, minutes reported earlier."""

    case_id: str
    number: str
    metres: float
    minutes: float


@dataclass(frozen=True)
class Advice:
    """A body that the hub advised the case's own platform to send it to."""

    unit: str
    at: datetime
    role: str


@dataclass(frozen=True)
class CaseFile:
    """Everything about one case for one person. `version` counts its events: an act says which it saw.

    unit: who holds it now (the hub before dispatch); helpers: called to stand by, missing: not there yet;
    asked: what the holder has asked one tier above (suspend, extend); state: the last state reached;
    longitude, latitude in degrees, None where unknown.
    """

    case_id: str
    number: str
    version: int
    source: str
    source_url: str
    item: str
    matter: str
    channel: str
    grid: str
    village: str
    township: str
    longitude: float | None
    latitude: float | None
    priority: int
    state: str
    stage: int
    ended: bool
    suspended: bool
    asked: tuple[str, ...]
    unit: str
    helpers: tuple[str, ...]
    missing: tuple[str, ...]
    light: Light
    history: tuple[Step, ...]
    clocks: tuple[CaseClock, ...]
    choices: tuple[Choice, ...]
    candidates: tuple[Candidate, ...]
    twins: tuple[Twin, ...]
    rules_version: str
    advice: tuple[Advice, ...] = ()


@dataclass(frozen=True, eq=False)
class OpenCases:
    """Open cases of one scope, one entry a case in every column, most urgent first (close_due, none last).

    version: of the live state, the same while nothing happened; as_of: the hub's moment; times in whole
    seconds since 1970 (-1 none); light is not sent: red past due, amber from amber_at; codes of places and
    bodies are the district's; longitude, latitude: degrees, NaN none; suspect: another open case may be the
    same matter; whistled: 0 no, 1 called and not all there, 2 all there.
    """

    version: int
    as_of: datetime
    origin: str
    case_id: list[str]
    number: list[str]
    item: list[str]
    state: list[str]
    stage: np.ndarray
    tier: list[str]
    unit: list[str]
    village: list[str]
    township: list[str]
    priority: np.ndarray
    reported_at: np.ndarray
    amber_at: np.ndarray
    due: np.ndarray
    longitude: np.ndarray
    latitude: np.ndarray
    suspect: np.ndarray
    whistled: np.ndarray


class Refused(Exception):
    """An act that was not done; `why` is a key of the catalogue casework.why_*, with its values."""

    def __init__(self, why: str, **values: str) -> None:
        super().__init__(why)
        self.why, self.values = why, values
