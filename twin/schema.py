"""Columns, types and rules of every table of a district (docs/reference/tables.md tells their meaning)."""

import geopandas as gpd
import pandas as pd
import pandera.pandas as pa
from pandera.pandas import Check, Column, DataFrameSchema

from twin.schema_defaults import DEFAULTS

TIERS = ("district", "township", "village", "grid")
CLOCKS = ("u", "w", "wd", "d")
LAWS = ("lognormal", "exponential", "constant", "erlang2")
LAYERS = ("areas", "grids", "units", "roads", "buildings")
STATES = ("accepted", "verified", "dispatched", "handled", "checked", "closed", "evaluated")
END_STATES = ("refused", "voided", "transferred_out")
POLICIES = ("home", "nearest_idle", "least_loaded", "skill_first")
MODES = ("foot", "ebike", "car")
POST_KINDS = ("administrative", "institution", "contract")

_share = Check.in_range(0, 1)
_flag = Check.isin([0, 1])
_positive = Check.gt(0)
_not_negative = Check.ge(0)


def _text(**options: object) -> Column:
    return Column(str, coerce=True, **options)  # type: ignore[arg-type]


def _number(*checks: Check, default: float | None = None) -> Column:
    return Column(float, list(checks), coerce=True, default=default, nullable=False)


def _integer(*checks: Check, default: int | None = None) -> Column:
    return Column(int, list(checks), coerce=True, default=default)


def _code(unique: bool = True) -> Column:
    return _text(unique=unique, checks=Check.str_length(min_value=1))


def _one_of(values: tuple[str, ...], blank: bool = False) -> Check:
    return Check.isin([*values, ""] if blank else list(values))


TABLES: dict[str, DataFrameSchema] = {
    "areas": DataFrameSchema(
        {
            "code": _code(),
            "name": _text(checks=Check.str_length(min_value=1)),
            "name_en": _text(),
            "tier": _text(checks=_one_of(TIERS[:3])),
            "kind": _text(),
            "parent": _text(),
            "households": _integer(_not_negative),
            "population": _integer(_not_negative),
        }
    ),
    "grids": DataFrameSchema(
        {
            "code": _code(),
            "name": _text(checks=Check.str_length(min_value=1)),
            "name_en": _text(),
            "village": _code(unique=False),
            "kind": _text(),
            "households": _integer(_not_negative),
            "population": _integer(_not_negative),
        }
    ),
    "units": DataFrameSchema(
        {
            "code": _code(),
            "name": _text(checks=Check.str_length(min_value=1)),
            "name_en": _text(),
            "kind": _text(),
            "tier": _text(checks=_one_of(TIERS[:3])),
            "area": _code(unique=False),
            "parent": _text(),
            "serves": _text(),
        }
    ),
    "roads": DataFrameSchema({"road_id": _code(), "class": _text(), "speed_kmh": _number(_positive)}),
    "buildings": DataFrameSchema({"building_id": _code(), "households": _integer(_not_negative)}),
    "posts": DataFrameSchema(
        {
            "post_id": _code(),
            "unit": _code(unique=False),
            "role": _code(unique=False),
            "area": _text(),
            "kind": _text(),
            "skills": _text(),
            "shift": _code(unique=False),
            "rota": _integer(Check.in_range(0, 6)),
            "filled": _integer(_flag),
            "availability": _number(_share),
            "mode": _text(checks=_one_of(MODES, blank=True)),
            "seconded_from": _text(),
            "managed_by": _text(),
            "retires": _text(checks=Check.str_matches(r"^(\d{4}-\d{2}-\d{2})?$")),
        }
    ),
    "shifts": DataFrameSchema(
        {
            "shift": _code(unique=False),
            "days": _text(checks=_one_of(("workdays", "daily", "rota", "always"))),
            "start": _text(),
            "end": _text(),
        }
    ),
    "matters": DataFrameSchema(
        {
            "item": _code(),
            "matter": _code(unique=False),
            "matter_name": _text(),
            "matter_name_en": _text(),
            "item_name": _text(),
            "item_name_en": _text(),
            "share": _number(_share),
            "priority": _integer(Check.ge(0)),
            "limit_value": _number(_positive),
            "limit_clock": _text(checks=_one_of(CLOCKS)),
            "interrupts_duty": _integer(_flag),
            "preempts": _integer(_flag),
            "suspend_share": _number(_share),
            "suspend_value": _number(_not_negative),
            "suspend_clock": _text(checks=_one_of(CLOCKS, blank=True)),
            "extend_share": _number(_share),
            "extend_value": _number(_not_negative),
        }
    ),
    "demand": DataFrameSchema(
        {"area": _code(unique=False), "matter": _code(unique=False), "per_day": _number(_not_negative)}
    ),
    "routes": DataFrameSchema(
        {
            "item": _code(unique=False),
            "step": _code(unique=False),
            "position": _integer(),
            "state": _text(checks=_one_of(STATES)),
            "tier": _text(checks=_one_of(TIERS, blank=True)),
            "role": _text(),
            "crew": _integer(_positive),
            "law": _text(checks=_one_of(LAWS)),
            "minutes": _number(_not_negative),
            "cv": _number(_not_negative),
            "travel": _integer(_flag),
            "channels": _text(),
            "delay_kind": _text(),
            "delay_share": _number(_share),
            "delay_law": _text(checks=_one_of(LAWS, blank=True)),
            "delay_value": _number(_not_negative),
            "delay_clock": _text(checks=_one_of(CLOCKS, blank=True)),
            "delay_when": _text(checks=_one_of(("before", "after"), blank=True)),
            "delay_cv": _number(_not_negative),
            "up_share": _number(_share),
            "up_to": _text(),
            "back_share": _number(_share),
            "back_to": _text(),
            "next": _text(),
            "escalate_value": _number(_not_negative),
            "escalate_clock": _text(checks=_one_of(CLOCKS, blank=True)),
            "escalate_to": _text(),
            "together": _text(),
            "parallel": _text(),
            "skill": _text(),
            "policy": _text(checks=_one_of(POLICIES, blank=True)),
            "whistle_value": _number(_not_negative),
            "whistle_clock": _text(checks=_one_of(CLOCKS, blank=True)),
            "end_share": _number(_share),
            "end_state": _text(checks=_one_of(END_STATES, blank=True)),
            "end_reason": _text(),
            "back_reason": _text(),
        },
        unique=["item", "step"],
    ),
    "mandates": DataFrameSchema(
        {
            "item": _code(unique=False),
            "tier": _text(checks=_one_of(TIERS)),
            "role": _code(unique=False),
            "holds": _integer(_flag),
            "preempts": _integer(_flag),
        },
        unique=["item", "tier", "role"],
    ),
    "duties": DataFrameSchema(
        {
            "role": _code(unique=False),
            "duty": _code(unique=False),
            "name": _text(),
            "name_en": _text(),
            "share": _number(_share),
            "yields": _text(checks=_one_of(("any", "urgent"))),
        },
        unique=["role", "duty"],
    ),
    "calendar": DataFrameSchema(
        {
            "date": _text(unique=True, checks=Check.str_matches(r"^\d{4}-\d{2}-\d{2}$")),
            "day": _text(checks=_one_of(("workday", "weekend", "holiday", "made_up_workday"))),
            "name": _text(),
        }
    ),
    "preferences": DataFrameSchema(
        {
            "area": _code(unique=False),
            "role": _code(unique=False),
            "rank": _integer(_positive),
            "unit": _code(unique=False),
        },
        unique=["area", "role", "unit"],
    ),
    "travel": DataFrameSchema(
        {
            "origin": _code(unique=False),
            "grid": _code(unique=False),
            "mode": _text(checks=_one_of(MODES, blank=True)),
            "seconds": _number(_not_negative),
        },
        unique=["origin", "grid", "mode"],
    ),
    "opening": DataFrameSchema(
        {
            "case_id": _code(),
            "grid": _code(unique=False),
            "item": _code(unique=False),
            "channel": _code(unique=False),
            "age_hours": _number(_not_negative),
            "step": _code(unique=False),
            "phase": _text(checks=_one_of(("queued", "delay", "work"))),
            "phase_hours": _number(_not_negative),
            "post_id": _text(),
            "due_hours": Column(float, coerce=True, nullable=True),
        }
    ),
    "services": DataFrameSchema(
        {
            "service": _code(),
            "name": _text(checks=Check.str_length(min_value=1)),
            "name_en": _text(),
            "items": _integer(_positive),
            "per_day": _number(_not_negative),
            "law": _text(checks=_one_of(LAWS)),
            "minutes": _number(_positive),
            "cv": _number(_not_negative),
            "finished_share": _number(_share),
            "again_days": _number(Check.ge(1)),
            "most_visits": _integer(_positive),
        }
    ),
    "service_points": DataFrameSchema({"unit": _code(), "services": _text()}),
    "windows": DataFrameSchema(
        {
            "unit": _code(unique=False),
            "shift": _code(unique=False),
            "windows": _integer(_positive),
            "staff": _text(),
        },
        unique=["unit", "shift"],
    ),
    "service_hours": DataFrameSchema(
        {
            "hour": Column(int, Check.in_range(0, 23), coerce=True, unique=True),
            "weight": _number(_not_negative),
        }
    ),
    "sources": DataFrameSchema(
        {
            "parameter": _code(unique=False),
            "value": _text(),
            "kind": _text(checks=_one_of(("measured", "fitted", "assumed"))),
            "source": _text(),
        }
    ),
}


def blank_table(name: str) -> pd.DataFrame:
    """A table without a row, its columns in their types."""
    columns = TABLES[name].columns.items()
    return pd.DataFrame(
        {
            c: pd.Series(dtype="str" if "str" in str(column.dtype) else str(column.dtype))
            for c, column in columns
        }
    )


def blank_layer(name: str, crs: str | None = None) -> gpd.GeoDataFrame:
    """A layer without a row."""
    return gpd.GeoDataFrame(blank_table(name), geometry=[], crs=crs)


SERVICE_TABLES = ("services", "service_points", "windows", "service_hours")
#: Tables whose file may be missing, and those whose file may hold no row.
OPTIONAL = ("preferences", "travel", "opening", "buildings", *SERVICE_TABLES)
EMPTY = (*OPTIONAL, "roads", "sources", "duties", "calendar")

__all__ = [
    "CLOCKS",
    "DEFAULTS",
    "EMPTY",
    "END_STATES",
    "LAWS",
    "LAYERS",
    "MODES",
    "OPTIONAL",
    "POLICIES",
    "POST_KINDS",
    "SERVICE_TABLES",
    "STATES",
    "TABLES",
    "TIERS",
    "blank_layer",
    "blank_table",
    "pa",
]
