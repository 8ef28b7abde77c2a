"""Each cause of lateness as an edit of the district that takes it away, and coalitions of them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pandas as pd

from simulation.diagnosis.policy import CAUSES, read_diagnosis_policy
from simulation.diagnosis.subject import Subject, find_bodies
from simulation.measures.worktime import CutDuties
from twin.calendar import HOUR
from twin.district import District
from twin.settings import parse_window

ALWAYS = "round_the_clock"
BLOCK_HOURS = 4  # so long is a stretch of a round-the-clock roster, as the office's half days are
Edit = Callable[[District, Subject], District]


def remove_hands(district: District, subject: Subject) -> District:
    """Vacant posts of the subject's bodies are filled, and every post is there several times."""
    posts = district.posts
    mine = posts["unit"].isin(find_bodies(district, subject))
    filled = posts.assign(filled=posts["filled"].mask(mine, 1))
    more = [
        filled[mine].assign(post_id=filled.loc[mine, "post_id"] + f"+{number}")
        for number in range(1, read_diagnosis_policy().causes.hands_factor)
    ]
    return district.with_tables(posts=pd.concat([filled, *more], ignore_index=True))


def remove_authority(district: District, subject: Subject) -> District:
    """Nobody waits for authority or approval; hand-ups stay only in the policy's part."""
    routes = _without_waits(district.routes, ("authority", "approval"))
    keep = read_diagnosis_policy().causes.keep_up
    up = routes["up_share"].mask(routes["state"] == "handled", routes["up_share"] * keep)
    return _with_routes(district, routes.assign(up_share=up))


def remove_returns(district: District, subject: Subject) -> District:
    """No case comes back, and none waits at the dispatch desk."""
    routes = district.routes
    desk = routes["state"].eq("dispatched") & routes["delay_kind"].eq("desk")
    waits = routes["delay_share"].mask(desk, 0.0)
    back = routes["back_share"].mask(routes["state"].ne("evaluated"), 0.0)
    return _with_routes(district, routes.assign(delay_share=waits, back_share=back))


def remove_co_handlers(district: District, subject: Subject) -> District:
    """Co-handlers answer at once: nobody waits for them, none is called beside the lead."""
    routes = _without_waits(district.routes, ("co_handler",))
    blank = {"together": "", "parallel": "", "whistle_value": 0.0}
    return _with_routes(district, routes.assign(**blank))


def remove_off_hours(district: District, subject: Subject) -> District:
    """The subject's bodies are on shift round the clock, every day, in blocks a minute apart."""
    posts, shifts = district.posts, district.shifts
    always = set(shifts.loc[shifts["days"] == "always", "shift"])
    mine = posts["unit"].isin(find_bodies(district, subject)) & ~posts["shift"].isin(always)
    if not mine.any():
        return district
    rows = pd.DataFrame(
        [
            {"shift": ALWAYS, "days": "daily", "start": f"{h:02d}:00", "end": f"{h + BLOCK_HOURS - 1:02d}:59"}
            for h in range(0, 24, BLOCK_HOURS)
        ]
    )
    return district.with_tables(
        posts=posts.assign(shift=posts["shift"].mask(mine, ALWAYS)),
        shifts=pd.concat([shifts, rows], ignore_index=True),
    )


def remove_duties(district: District, subject: Subject) -> District:
    """Forms, meetings and other duties take no time from cases."""
    if not district.duties["share"].any():
        return district
    return CutDuties(keep=0.0).apply(district)


def remove_demand(district: District, subject: Subject) -> District:
    """Reports come as planned: no surge, no rise, no day above its mean, and no peak within working hours."""
    usual = tuple(c for c in district.demand_changes if c["kind"] != "surge" and c.get("factor", 1) <= 1)
    demand = district.settings.demand
    level = demand.model_copy(update={"day_dispersion": 0.0, "hourly": _level_hours(district)})
    if level == demand and len(usual) == len(district.demand_changes):
        return district
    settings = district.settings.model_copy(update={"demand": level})
    return district.with_tables(settings=settings, demand_changes=usual)


def _level_hours(district: District) -> tuple[float, ...]:
    """The hourly profile with its working hours at their mean."""
    hourly = district.settings.demand.hourly
    spans = [parse_window(text) for text in district.settings.clock.work_hours]
    inside = {hour for start, end in spans for hour in range(start // HOUR, -(-end // HOUR))}
    mean = sum(hourly[hour] for hour in inside) / max(len(inside), 1)
    return tuple(mean if hour in inside else weight for hour, weight in enumerate(hourly))


EDITS: dict[str, Edit] = {
    "hands": remove_hands,
    "authority": remove_authority,
    "returns": remove_returns,
    "co_handlers": remove_co_handlers,
    "off_hours": remove_off_hours,
    "duties": remove_duties,
    "demand": remove_demand,
}


@dataclass(frozen=True)
class Coalition:
    """Some causes taken away together, in the order of CAUSES."""

    subject: Subject
    causes: frozenset[str]

    @property
    def hash(self) -> str:
        """SHA-256 of what it does."""
        policy = read_diagnosis_policy().causes.model_dump_json()
        return hashlib.sha256(repr((self.subject, sorted(self.causes), policy)).encode()).hexdigest()

    def stages(self, district: District) -> list[tuple[date | None, District]]:
        """One stage, from the beginning."""
        for cause in CAUSES:
            if cause in self.causes:
                district = EDITS[cause](district, self.subject)
        return [(None, district)]


def list_touched(district: District, subject: Subject) -> list[str]:
    """The causes that there are: those whose edit changes the district; the others' shares are nothing."""
    return [cause for cause in CAUSES if EDITS[cause](district, subject) is not district]


def list_places(subject: Subject) -> tuple[str, ...]:
    """The place of a subject, as measures name it; blank: the whole district."""
    return (subject.code,) if subject.kind in ("township", "village", "grid") else ()


def list_matters(district: District, subject: Subject) -> tuple[str, ...]:
    """The matter of a subject; blank: all."""
    table = district.matters
    if subject.kind != "matter":
        return ()
    return tuple(dict.fromkeys(table.loc[(table == subject.code).any(axis=1), "matter"]))


def _without_waits(routes: pd.DataFrame, kinds: tuple[str, ...]) -> pd.DataFrame:
    share = routes["delay_share"].mask(routes["delay_kind"].isin(kinds), 0.0)
    return routes.assign(delay_share=share)


def _with_routes(district: District, routes: pd.DataFrame) -> District:
    return district if routes.equals(district.routes) else district.with_tables(routes=routes)
