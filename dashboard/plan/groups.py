"""What belongs together on the page: figures by what they speak of, measures by what they touch."""

from collections.abc import Iterable
from typing import Any

from dashboard.i18n import pick, t
from simulation.measures import MEASURES
from simulation.studies.outcome import SCOPE_INDICATORS

FIGURES = {
    "lead": ("on_time_closure", "handled_in_time", "backlog", "overdue_in_hand"),
    "flow": (
        "reported",
        "due",
        "closure_rate",
        "sojourn_hours",
        "wait_minutes_p90",
        "self_handled_rate",
        "village_closed_rate",
        "township_closed_rate",
        "district_closed_rate",
    ),
    "quality": (
        "return_rate",
        "rework_rate",
        "reopened_rate",
        "solved_rate",
        "satisfied_rate",
        "whistle_response_rate",
    ),
    "stops": ("refused_rate", "merged_rate", "suspended_rate", "extended_rate", "on_time_without_stops"),
    "walkin": (
        "walkin_needs",
        "walkin_finished_first",
        "walkin_trips",
        "walkin_wait_minutes",
        "walkin_wait_minutes_p90",
        "walkin_visit_minutes",
        "walkin_item_minutes",
        "walkin_village_share",
        "walkin_township_share",
        "walkin_district_share",
    ),
}
LEVERS = {
    "posts": ("move_posts", "spread_posts", "second_staff", "fill_vacancies"),
    "teams": ("pool_enforcement", "township_module", "add_skill", "set_shift", "cut_duties"),
    "powers": ("delegate_powers", "reclaim_powers", "joint_handling", "whistle"),
    "rules": ("assisted_dispatch", "dispatch_policy", "clock_rules"),
    "service": ("open_service_point", "delegate_matters"),
    "outside": ("redraw_grids", "close_roads", "scale_demand", "surge"),
}
UNMAPPED = ("due",)


def list_figures(lang: str) -> list[dict[str, Any]]:
    """The figures that a map can show, as options in groups."""
    by_id = {i.id: i for i in SCOPE_INDICATORS if i.id not in UNMAPPED}
    named = [
        (group, [(i, pick(lang, by_id[i].name, by_id[i].name_en)) for i in ids if i in by_id])
        for group, ids in FIGURES.items()
    ]
    return [_group(f"plan.figures_{group}", options, lang) for group, options in named]


def list_levers(lang: str) -> list[dict[str, Any]]:
    """The measures, as options in groups."""
    named = [
        (group, [(kind, pick(lang, MEASURES[kind].title_zh, MEASURES[kind].title_en)) for kind in kinds])
        for group, kinds in LEVERS.items()
    ]
    return [_group(f"plan.levers_{group}", options, lang) for group, options in named]


def _group(key: str, options: Iterable[tuple[str, str]], lang: str) -> dict[str, Any]:
    return {"group": t(key, lang), "items": [{"value": code, "label": name} for code, name in options]}
