"""A snapshot -> figures for other systems, each with its formula, window, origin and interval."""

from typing import Any
from zoneinfo import ZoneInfo

from hub.snapshot import Figure, LiveSnapshot, TownshipRow
from twin.district import District
from twin.indicator_list import INDICATORS

KNOWN = {indicator.id: indicator for indicator in INDICATORS}


def describe_origin(now: LiveSnapshot, district: District) -> dict[str, Any]:
    """When and what it is: live or replay, and whether the district is fictitious."""
    moment = now.as_of.astimezone(ZoneInfo(district.settings.time_zone))
    return {
        "as_of": moment.isoformat(timespec="seconds"),
        "origin": now.origin,
        "demo": district.label == "fictitious",
        "district": district.settings.code,
    }


def describe_state(now: LiveSnapshot, district: District) -> dict[str, Any]:
    """Open cases by light, stage and township; those in no grid are counted apart, in nothing else."""
    lights = {name: sum(getattr(stage, name) for stage in now.stages) for name in ("green", "amber", "red")}
    return {
        **describe_origin(now, district),
        "preparing": now.preparing,
        "in_hand": sum(stage.in_hand for stage in now.stages),
        "lights": lights,
        "stages": [vars(stage) for stage in now.stages],
        "townships": [
            {"code": row.code, "in_hand": row.in_hand, "overdue": row.overdue} for row in now.townships
        ],
        "matters": [
            {"matter": row.matter, "in_hand": row.in_hand, "overdue": row.overdue,
             "reported_today": row.reported_today}
            for row in now.matters
        ],
        "ended_today_before_dispatch": now.aside,
        "outside_any_grid": now.outside,
    }  # fmt: skip


def describe_indicators(now: LiveSnapshot, district: District) -> dict[str, Any]:
    """The key figures, and on-time closure by township with its shrunk estimate and band."""
    origin = describe_origin(now, district)
    return {
        **origin,
        "indicators": [_describe(figure, now.origin) for figure in now.kpis.values()],
        "townships": {
            **_formula("on_time_closure"),
            "origin": now.origin,
            "window": now.kpis["on_time_closure"].window if "on_time_closure" in now.kpis else "",
            "interval": "95 %, empirical Bayes",
            "mean": now.mean_on_time,
            "rows": [_describe_township(row) for row in now.townships],
        },
    }


def _formula(name: str) -> dict[str, Any]:
    known = KNOWN[name]
    return {
        "id": known.id,
        "name": known.name,
        "name_en": known.name_en,
        "formula": known.formula,
        "formula_en": known.formula_en,
    }


def _describe(figure: Figure, origin: str) -> dict[str, Any]:
    has_interval = figure.low is not None and figure.high is not None
    return {
        **_formula(figure.indicator),
        "value": None if figure.value != figure.value else figure.value,
        "unit": figure.unit,
        "low": figure.low,
        "high": figure.high,
        "interval": "95 %, Wilson" if has_interval else None,
        "window": figure.window,
        "origin": origin,
        "change": figure.delta,
        "change_against": figure.against,
    }


def _describe_township(row: TownshipRow) -> dict[str, Any]:
    return {
        "code": row.code,
        "on_time": row.on_time,
        "estimate": row.shrunk,
        "low": row.low,
        "high": row.high,
        "due": row.due,
        "band": row.band,
    }
