"""Rows of the wall's views of the loop and of forces: frozen records of plain values."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PlaceForce:
    """The bodies of one township and its villages ("" the district's): posts, load, cases in hand by light.

    in_hand and overdue count cases by place, so that the district's own row has none of them.
    """

    place: str
    on_duty: int
    established: int
    vacant: int
    load: float | None
    in_hand: int
    overdue: int


@dataclass(frozen=True)
class Crew:
    """Posts of one role in one body: case hours over hours rostered for cases, and work that waits.

    backlog_days: expected hours of its open cases over the hours rostered for cases in a day.
    """

    unit: str
    role: str
    posts: int
    case_hours: float
    rostered_hours: float
    load: float
    in_hand: int
    backlog_days: float


@dataclass(frozen=True)
class Share:
    """hits of total; value with its 95 % interval, None where total is 0 or under the floor of the policy."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    hits: int
    total: int


@dataclass(frozen=True)
class Rate:
    """One of the citizens' three rates with its target, its weight and its change on the window before."""

    share: Share
    target: float
    weight: float
    delta: float | None


@dataclass(frozen=True)
class StageTime:
    """Minutes that cases took from one stage to the next, on the clock of each case.

    count: cases that left the stage in the window; median, p90: None under the policy's floor; timer: minutes
    allowed, None where the matter's own limit or none holds; in_time: share within it, None where none holds.
    """

    state: str
    count: int
    median: float | None
    p90: float | None
    timer: float | None
    in_time: float | None


@dataclass(frozen=True)
class TierRow:
    """Open cases by the tier of the body that holds them: hub, village, township or department."""

    tier: str
    in_hand: int
    green: int
    amber: int
    red: int


@dataclass(frozen=True)
class Loop:
    """The way of cases: times in stages, shares of what went wrong on it, where open cases wait."""

    days: int
    times: list[StageTime]
    shares: list[Share]
    tiers: list[TierRow]


@dataclass(frozen=True)
class WhistleRow:
    """One call: bodies called and present, minutes until all were there (None: not yet), time left or over.

    going: the case has not been handled since; x and y are longitude and latitude.
    """

    case_id: str
    township: str
    village: str
    matter: str
    unit: str
    called_at: datetime
    called: int
    present: int
    taken_minutes: float | None
    left_minutes: float | None
    going: bool
    x: float
    y: float
