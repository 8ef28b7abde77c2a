"""What is asked of a drawing: the form read, and everything that stands in its way, in the reader's words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.grids.choosing import list_places
from dashboard.i18n import t
from dashboard.plan.places import read_codes
from dashboard.services import Services
from dashboard.wall import Names
from hub.gridding import (
    PER_GRID,
    Ground,
    Obstacle,
    find_bare,
    find_obstacles,
    find_split,
    lay_ground,
    weigh_grids,
)
from hub.measured import LEAST_DAYS, judge_span
from hub.scopes import Scope
from store.events import EventStore


def read_form(
    services: Services, scope: Scope, lang: str, form: Sequence[Any]
) -> tuple[dict[str, Any], list[str]]:
    """The spec of a drawing, or why there is none; form: town, villages, source, balance, count, seed."""
    town, chosen, source, balance, count, seed = form
    known = [row["value"] for row in list_places(services, scope, "village", lang, str(town))]
    villages = sorted(read_codes(chosen)) or known
    plain = {"villages": villages, "source": source, "balance": balance, "count": count, "seed": seed}
    wrong = [] if villages else [t("grids.need_town", lang)]
    wrong += [] if set(villages) <= scope.areas else [t("grids.outside", lang)]
    wrong += [] if _is_whole(count, 1) else [t("grids.need_count", lang)]
    wrong += [] if _is_whole(seed, 0) else [t("grids.need_seed", lang)]
    if balance == "minutes":
        span = EventStore(services.store).span_work()
        wrong += tell_span(span, lang)
        plain["until"] = EventStore(services.store).last_received()
    return plain, wrong or _look_at_ground(services, plain, lang)


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def tell_span(span: tuple[datetime, datetime] | None, lang: str) -> list[str]:
    """Why a log says too little of the work; empty where it says enough."""
    verdict, days = judge_span(*(span or (None, None)))
    words = {"days": f"{days:.1f}", "least": f"{LEAST_DAYS:g}"}
    return [t(f"grids.minutes_{verdict}", lang, **words)] if verdict else []


def _look_at_ground(services: Services, plain: dict[str, Any], lang: str) -> list[str]:
    """Why so many grids cannot be drawn of these villages."""
    district, names = services.district, Names(services.district, lang)
    found = find_bare(district, plain["villages"], plain["source"])
    if not found:
        # Minutes are weighed by the job; households stand in where only counts of cells are asked.
        balance = "households" if plain["balance"] == "minutes" else str(plain["balance"])
        weights = weigh_grids(district, balance)
        ground = lay_ground(district, plain["villages"], weights, PER_GRID, plain["source"])
        found = find_obstacles(ground, plain["count"])
    return tell_obstacles(found, lang, names)


def tell_obstacles(found: Sequence[Obstacle], lang: str, names: Names) -> list[str]:
    """One sentence a rule, with every village that it is about."""
    sentences = []
    for rule in dict.fromkeys(obstacle.rule for obstacle in found):
        some = [obstacle for obstacle in found if obstacle.rule == rule]
        places = _name_places(some, lang, names)
        sentences.append(t(f"grids.bad_{rule}", lang, count=some[0].number, places=places))
    return sentences


def tell_split(ground: Ground, lang: str, names: Names) -> list[str]:
    """Which villages lie in several parts, so that their loads cannot be evened out across them."""
    found = find_split(ground)
    return [t("grids.split", lang, places=_name_places(found, lang, names))] if found else []


def _name_places(found: Sequence[Obstacle], lang: str, names: Names) -> str:
    """The villages with their numbers."""
    told = [
        names.places.get(o.village, o.village) + (f" ({o.number})" if o.number else "")
        for o in found
        if o.village
    ]
    return ("、" if lang == "zh" else ", ").join(told)


def tell_log(log: dict[str, Any], zone: str, lang: str) -> str:
    """The log behind minutes: from when to when, of which origin, how many lie in no grid."""
    ends = [
        f"{datetime.fromisoformat(log[name]).astimezone(ZoneInfo(zone)):%Y-%m-%d}"
        for name in ("since", "until")
    ]
    origins = "/".join(t(f"grids.origin_{name}", lang) for name in log["origins"])
    whole, outside = (f"{log[name]:,.0f}" for name in ("minutes", "outside"))
    return t("grids.log", lang, since=ends[0], until=ends[1], origin=origins, minutes=whole, outside=outside)
