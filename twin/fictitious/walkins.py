"""Walk-in service of the fictitious district: services, the halls and stations, their windows and hours.

Nothing is drawn: windows follow from the needs that a point is expected to meet.
"""

from math import ceil
from typing import Any

import numpy as np
import pandas as pd

from twin.fictitious.bodies import DISTRICT, committee_code, office_code
from twin.fictitious.naming import COUNTY
from twin.fictitious.templates import Template, read_table, read_toml
from twin.schema import TIERS
from twin.settings import parse_clock

Row = dict[str, Any]
Tables = dict[str, pd.DataFrame]
REACH = {"district": TIERS[:3], "township": TIERS[1:3], "village": TIERS[2:3]}


def list_walkins(areas: pd.DataFrame, posts: pd.DataFrame, shifts: pd.DataFrame, share: float) -> Tables:
    """services, service_points, windows and service_hours; `share` is the size against the default."""
    rules = read_toml("walkins.toml")
    template = read_table("services.csv")
    load = _measure_load(template, areas, rules["walkin_needs"]["per_day"] * share)
    points, windows = [], []
    for area in areas[["code", "tier"]].itertuples():
        point, window = _open_point(area.code, area.tier, load[area.code], template, rules, shifts)
        points.append(point)
        windows.append(window)
    hours = rules["walkin_hours"]["weights"].items()
    return {
        "services": _list_services(template, rules["walkin_needs"], share),
        "service_points": pd.DataFrame(points),
        "windows": _limit_to_staff(pd.DataFrame(windows), posts),
        "service_hours": pd.DataFrame([{"hour": int(h), "weight": weight} for h, weight in hours]),
    }


def _list_services(template: pd.DataFrame, needs: Template, share: float) -> pd.DataFrame:
    per_day = (template["share"].astype(float) * needs["per_day"] * share).round(4)
    added = {"per_day": per_day, "law": needs["law"], "most_visits": needs["most_visits"]}
    return template.drop(columns=["tier", "share", "source"]).assign(**added)


def _measure_load(template: pd.DataFrame, areas: pd.DataFrame, per_day: float) -> dict[str, float]:
    """Expected minutes at the windows of each area's point a day, where residents go to that of their area.

    An item comes 1 / finished_share times, at most a little less (the last visit always finishes).
    """
    figures = template[["share", "minutes", "finished_share"]].astype(float)
    minutes = figures["share"] * per_day * figures["minutes"] / figures["finished_share"]
    by_tier = minutes.groupby(template["tier"]).sum()
    total = areas.groupby("tier")["population"].sum()
    return {
        area.code: float(by_tier[area.tier]) * area.population / float(total[area.tier])
        for area in areas[["code", "tier", "population"]].itertuples()
    }


def _open_point(
    area: str, tier: str, load: float, template: pd.DataFrame, rules: Template, shifts: pd.DataFrame
) -> tuple[Row, Row]:
    """The service point of an area and its windows; a tier finishes its own items and those below it."""
    hall = rules["walkin_halls"][tier]
    mine = template.loc[template["tier"].isin(REACH[tier]), "service"]
    unit = _find_unit(area, tier, hall)
    spans = shifts[shifts["shift"] == hall["shift"]]
    minutes = sum((parse_clock(row.end) - parse_clock(row.start)) / 60 for row in spans.itertuples())
    count = max(hall["least"], ceil(load / (hall["busy"] * minutes) - 1e-9))
    senders = [f"{COUNTY}{900 + number}000" for number in hall.get("staff", ())]
    point = {"unit": unit, "services": ";".join(mine) if tier != "district" else ""}
    staff = ";".join([unit, *senders]) if senders else ""
    return point, {"unit": unit, "shift": hall["shift"], "windows": count, "staff": staff}


def _find_unit(area: str, tier: str, hall: Template) -> str:
    if area == DISTRICT:
        return f"{COUNTY}{900 + hall['department']}000"
    return office_code(area) if tier == "township" else committee_code(area)


def _limit_to_staff(windows: pd.DataFrame, posts: pd.DataFrame) -> pd.DataFrame:
    """No more windows than filled posts of those who staff them."""
    filled = posts.loc[posts["filled"] == 1, "unit"].value_counts()
    staff = [
        sum(int(filled.get(unit, 0)) for unit in (row.staff or row.unit).split(";"))
        for row in windows.itertuples()
    ]
    return windows.assign(windows=np.maximum(1, np.minimum(windows["windows"], staff)))
