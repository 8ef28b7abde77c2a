"""What the live state looks like at one moment: frozen records of plain values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from hub.views import Crew, Loop, PlaceForce, Rate, Share, WhistleRow

Band = Literal["attention", "usual", "good", "not_scored"]
Light = Literal["green", "amber", "red"]


@dataclass(frozen=True)
class Figure:
    """One key figure.

    value, low, high: a count, or a share from 0 to 1 with its 95 % interval; delta: change against
    `against` (last_week: the same moment seven days ago, yesterday: 24 hours ago), None where the log does
    not reach back; unit: cases or share; window: today, now or 30d; indicator: id in twin.indicators.
    """

    value: float
    low: float | None
    high: float | None
    delta: float | None
    unit: str
    window: str
    indicator: str
    against: str


@dataclass(frozen=True)
class Stage:
    """One of the seven stages: who reached it today, and the open cases that stand in it by light."""

    state: str
    arrived_today: int
    in_hand: int
    green: int
    amber: int
    red: int


@dataclass(frozen=True)
class MatterRow:
    """One matter: reported today, in hand, overdue, on-time closure of the window (None: none due)."""

    matter: str
    reported_today: int
    in_hand: int
    overdue: int
    on_time: float | None


@dataclass(frozen=True)
class TownshipRow:
    """One township or street.

    on_time is the raw share of `due` cases; shrunk, low and high are the empirical-Bayes estimate and its
    95 % interval, by which the band is found; trend is the share of each of the last days, oldest first.
    """

    code: str
    on_time: float | None
    shrunk: float | None
    low: float | None
    high: float | None
    due: int
    in_hand: int
    overdue: int
    band: Band
    trend: list[float]


@dataclass(frozen=True)
class CaseRow:
    """One open case; x and y are longitude and latitude; overdue_minutes is negative while time is left."""

    case_id: str
    number: str
    grid: str
    village: str
    township: str
    matter: str
    unit: str
    state: str
    light: Light
    overdue_minutes: float
    priority: int
    x: float
    y: float


@dataclass(frozen=True)
class Move:
    """One step done; remaining_minutes until the case is due, None before it has a due time."""

    occurred_at: datetime
    case_id: str
    number: str
    matter: str
    township: str
    village: str
    state: str
    light: Light
    remaining_minutes: float | None


@dataclass(frozen=True)
class Force:
    """A role: posts on shift now, posts filled and vacant, case hours over hours rostered for cases (7 days);

    free_share: the part of a shift that duties other than patrols leave for cases.
    """

    role: str
    on_duty: int
    established: int
    load: float | None
    vacant: int = 0
    free_share: float = 1.0


@dataclass(frozen=True)
class Coverage:
    """Of so many hours that were forecast and have come: the shares that lay in the 50 % and 90 % bands."""

    hours: int
    inside50: float
    inside90: float


@dataclass(frozen=True)
class Forecast:
    """Simulated cases in hand from `made_at` on, hourly (the first time is the moment itself).

    median, low50 to high50, low90 to high90: quantiles of the replications, cases; threshold: the warning
    line in cases (None: no history to set it by); threshold_probability: share of replications above it in
    any of the hours; coverage: how earlier forecasts held (None: none of their hours has come).
    """

    times: tuple[datetime, ...]
    median: tuple[float, ...]
    low50: tuple[float, ...]
    high50: tuple[float, ...]
    low90: tuple[float, ...]
    high90: tuple[float, ...]
    replications: int
    seed: int
    made_at: datetime
    threshold: float | None
    threshold_probability: float | None
    coverage: Coverage | None


@dataclass(frozen=True, eq=False)
class LiveSnapshot:
    """Everything that the wall and the live pages show of one moment.

    as_of: the moment in UTC; origin: live or replay; speed: replayed seconds a second (1 when live);
    aside: cases of today that left before dispatch (self_handled, merged, refused);
    preparing: the history of a demo is on its way into the store; figures come with it;
    outside: open cases whose place is in no grid, counted in nothing else;
    forecast: the newest, None where there is none as young as the policy asks;
    grid_levels: uint8 aligned with district.grids, 0-5 by overdue risk, 255 no figure;
    whistling: calls that are going on, all of them; answered: calls answered in time, 30 days;
    places: forces by township, then the district's own; crews: bodies by load, the busiest first.
    """

    as_of: datetime
    origin: str
    speed: float
    kpis: dict[str, Figure]
    channels: list[tuple[str, int]]
    stages: list[Stage]
    matters: list[MatterRow]
    townships: list[TownshipRow]
    mean_on_time: float | None
    overdue: list[CaseRow]
    due_soon: list[CaseRow]
    moves: list[Move]
    forces: list[Force]
    backlog: list[tuple[datetime, int]]
    grid_levels: np.ndarray
    aside: dict[str, int]
    outside: int
    preparing: bool
    rates: list[Rate]
    whistles: list[WhistleRow]
    whistling: int
    answered: Share
    loop: Loop
    places: list[PlaceForce]
    crews: list[Crew]
    forecast: Forecast | None = None
