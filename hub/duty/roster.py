"""Who is on watch at a moment and who comes next: filled posts of a district by unit, role and shift."""

import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from twin.calendar import DAY, build_calendar, list_shift_windows
from twin.district import District

DEFAULTS = Path(__file__).resolve().parents[2] / "data" / "defaults" / "duty.toml"
DAYS_BACK, DAYS_AHEAD = 2, 12
Windows = dict[tuple[str, int], list[tuple[datetime, datetime]]]


class DutyPolicy(BaseModel):
    """The keys of duty.toml; each is explained there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    roles: tuple[str, ...]
    longest_note: int = Field(gt=0)
    shifts: dict[str, tuple[str, str]] = {}
    phones: dict[str, str] = {}
    sources: dict[str, str] = {}


@dataclass(frozen=True)
class Shift:
    """A stretch of watch: the shift's code, how many posts, from and to (UTC)."""

    shift: str
    posts: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class DutyRow:
    """A role of a unit: its watch now and its next one; called: posts off shift that are called in;
    phone: of the unit's duty office, blank where none is configured.
    """

    unit: str
    role: str
    now: Shift | None
    next: Shift | None
    called: int
    phone: str


def load_policy(folder: Path | None = None) -> DutyPolicy:
    """The policy of a district's own duty.toml, else the default one."""
    own = folder / "duty.toml" if folder else DEFAULTS
    path = own if own.is_file() else DEFAULTS
    return DutyPolicy(**tomllib.loads(path.read_text(encoding="utf-8")))


class Roster:
    """The posts that keep watch in one district."""

    def __init__(self, district: District, policy: DutyPolicy) -> None:
        self.district, self.policy = district, policy
        self.zone = ZoneInfo(district.settings.time_zone)
        posts = district.posts[district.posts["filled"] == 1]
        daily = set(district.shifts.loc[district.shifts["days"] == "daily", "shift"])
        keys = zip(posts["unit"], posts["role"], posts["shift"], posts["rota"].astype(int), strict=True)
        self.groups = Counter(keys)
        self.watched = {
            (unit, role)
            for unit, role, shift, _ in self.groups
            if role in policy.roles or (shift in daily and role not in policy.roles)
        }
        self._windows = lru_cache(maxsize=4)(self._list_windows)
        self._order = {role: place for place, role in enumerate(policy.roles)}

    def list_rows(
        self, now: datetime, units: frozenset[str] | None = None, called: frozenset[str] = frozenset()
    ) -> list[DutyRow]:
        """One row a unit and role on watch or called, the policy's roles first, then by unit.

        units: only these; called: roles whose posts are called in beside their shifts.
        """
        windows = self._windows(now.astimezone(self.zone).date())
        keys = self.watched | {(unit, role) for unit, role, *_ in self.groups if role in called}
        inside = [key for key in keys if units is None or key[0] in units]
        rows = [self._describe(key, now, windows, key[1] in called) for key in inside]
        return sorted(rows, key=lambda row: (self._order.get(row.role, 99), row.unit, row.role))

    def _describe(
        self,
        key: tuple[str, str],
        now: datetime,
        windows: Windows,
        called: bool,
    ) -> DutyRow:
        spans: Counter[tuple[datetime, datetime, str]] = Counter()
        filled = 0
        for shift, rota, count in self._teams[key]:
            filled += count
            for start, end in windows[shift, rota]:
                if end > now:
                    spans[start, end, shift] += count
        here = [Shift(shift, n, start, end) for (start, end, shift), n in spans.items() if start <= now]
        later = [Shift(shift, n, start, end) for (start, end, shift), n in spans.items() if start > now]
        current = _join(here)
        following = _join([one for one in later if one.start == min(two.start for two in later)])
        off = filled - (current.posts if current else 0)
        return DutyRow(
            *key, current, following, off if called else 0, self.policy.phones.get(key[0], "")
        )  # fmt: skip

    @cached_property
    def _teams(self) -> dict[tuple[str, str], list[tuple[str, int, int]]]:
        teams: dict[tuple[str, str], list[tuple[str, int, int]]] = {}
        for (unit, role, shift, rota), count in self.groups.items():
            teams.setdefault((unit, role), []).append((shift, rota, count))
        return teams

    def _list_windows(self, day: date) -> Windows:
        origin = day - timedelta(days=DAYS_BACK)
        calendar = build_calendar(
            self.district.settings, self.district.calendar, origin, DAYS_BACK + DAYS_AHEAD
        )
        midnight = datetime(origin.year, origin.month, origin.day, tzinfo=self.zone)
        found: Windows = {}
        for shift, rota in {(shift, rota) for _, _, shift, rota in self.groups}:
            spans = list_shift_windows(self.district.shifts, shift, rota, calendar)
            last = (DAYS_BACK + DAYS_AHEAD) * DAY
            found[shift, rota] = [
                (midnight + timedelta(seconds=max(0, start)), midnight + timedelta(seconds=min(end, last)))
                for start, end in spans
                if end > 0
            ]
        return found


def _join(shifts: list[Shift]) -> Shift | None:
    """Posts of one role that stand at the same time, as one; its end is the first of theirs."""
    if not shifts:
        return None
    first = min(shifts, key=lambda one: (one.end, one.shift))
    return Shift(
        first.shift, sum(one.posts for one in shifts), min(one.start for one in shifts), first.end
    )  # fmt: skip
