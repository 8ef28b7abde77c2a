"""Requests -> matters, demand, units, posts and routes; what the source lacks is filled by a stated rule."""

import math
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from twin.importing.mapping import Mapping
from twin.importing.places import Places
from twin.settings import parse_window

Row = dict[str, Any]


@dataclass
class Bodies:
    """Tables of a district under construction, and where their figures come from."""

    matters: list[Row] = field(default_factory=list)
    demand: pd.DataFrame = field(default_factory=pd.DataFrame)
    units: list[Row] = field(default_factory=list)
    posts: list[Row] = field(default_factory=list)
    routes: list[Row] = field(default_factory=list)
    mandates: list[Row] = field(default_factory=list)
    duties: list[Row] = field(default_factory=list)
    sources: list[Row] = field(default_factory=list)

    def cite(self, parameter: str, value: object, kind: str, source: str) -> None:
        """One row of sources.csv."""
        self.sources.append({"parameter": parameter, "value": str(value), "kind": kind, "source": source})


def build_bodies(mapping: Mapping, places: Places, used: pd.DataFrame, weekend: float) -> Bodies:
    """Everything of a district but its places; `weekend` is the measured factor of a day off."""
    bodies = Bodies()
    rows = code_matters(mapping, used, bodies)
    measure_demand(mapping, rows, weekend, bodies)
    build_units(mapping, places, bodies)
    for matter, mine in rows.groupby("matter_code"):
        add_matter_body(mapping, places, str(matter), mine, bodies)
    add_desks(mapping, bodies)
    return bodies


def code_matters(mapping: Mapping, used: pd.DataFrame, bodies: Bodies) -> pd.DataFrame:
    """Matters by number of requests, each with its commonest items and one for the rest."""
    rules = mapping.matters
    counts = used["matter"].value_counts()
    large = sorted(counts.index[counts >= rules.least_requests], key=lambda name: (-counts[name], name))
    codes = {name: f"{n + 1:02d}" for n, name in enumerate(large)}
    rest = f"{len(large) + 1:02d}"
    rows = used.assign(matter_code=used["matter"].map(codes).fillna(rest))
    names = {code: name for name, code in codes.items()} | {rest: rules.other}
    rows["item_code"] = ""
    for code, mine in rows.groupby("matter_code"):
        add_items(mapping, str(code), names[str(code)], mine, rows, bodies)
    return rows


def add_items(
    mapping: Mapping, code: str, name: str, mine: pd.DataFrame, rows: pd.DataFrame, bodies: Bodies
) -> None:
    """The items of one matter: shares and limits as the log has them."""
    rules, counts = mapping.matters, mine["item"].value_counts()
    common = sorted(counts.index, key=lambda item: (-counts[item], item))[: rules.items_a_matter]
    groups = [(item, mine["item"] == item) for item in common]
    if len(counts) > len(common):
        groups.append((rules.other, ~mine["item"].isin(common)))
    shares = [float(chosen.mean()) for _, chosen in groups]
    shares[-1] = 1.0 - sum(round(share, 6) for share in shares[:-1])
    for number, ((item, chosen), share) in enumerate(zip(groups, shares, strict=True), 1):
        limits = mine.loc[chosen, "limit_hours"]
        good = limits[limits > 0]
        limit = float(good.median()) if len(good) else rules.default_limit_hours
        item_code = f"{code}-{number}"
        rows.loc[mine.index[chosen], "item_code"] = item_code
        bodies.matters.append(
            {
                "item": item_code,
                "matter": code,
                "matter_name": rules.names.get(name, name),
                "matter_name_en": name,
                "item_name": item,
                "item_name_en": item,
                "share": round(share, 6),
                "priority": 2 if limit <= 24 else 3,
                "limit_value": round(max(limit, 0.25), 2),
                "limit_clock": "u",
                "interrupts_duty": 0,
                "preempts": 0,
            }
        )
        kind = "measured" if len(good) else "assumed"
        bodies.cite(
            f"matters.{item_code}.limit_value",
            round(limit, 2),
            kind,
            f"median of due - created, n={len(good)}",
        )


def measure_demand(mapping: Mapping, rows: pd.DataFrame, weekend: float, bodies: Bodies) -> None:
    """Reports of an average working day by grid and matter: requests over working-day equivalents, scaled."""
    days = working_day_equivalents(rows["created"], weekend)
    counts = rows.groupby(["grid", "matter_code"], as_index=False).size()
    rates = counts["size"] * mapping.demand.scale / days
    bodies.demand = pd.DataFrame(
        {"area": counts["grid"], "matter": counts["matter_code"], "per_day": rates.round(6)}
    ).sort_values(["area", "matter"], ignore_index=True)
    bodies.cite(
        "demand", f"{len(rows)} requests / {days:.1f} days", "measured", "shares of places and matters"
    )
    bodies.cite(
        "demand.scale", mapping.demand.scale, "assumed", mapping.sources.get("demand.scale", "mapping")
    )


def working_day_equivalents(created: pd.Series, weekend: float) -> float:
    """Days from the first to the last request, a weekend day counted as `weekend` of a working day."""
    first, last = created.min().normalize().tz_localize(None), created.max().normalize().tz_localize(None)
    days = pd.date_range(first, last, freq="D")
    return float(np.where(days.day_of_week < 5, 1.0, weekend).sum())


def measure_weekend(created: pd.Series) -> float:
    """Requests of a weekend day over those of a weekday."""
    off = created.dt.day_of_week >= 5
    return float((off.sum() / 2) / max((~off).sum() / 5, 1e-9))


def build_units(mapping: Mapping, places: Places, bodies: Bodies) -> None:
    """The hub, an office a township and a committee a village, each at a point inside its area."""
    rules, areas = mapping.bodies, places.areas
    root = areas.loc[areas["tier"] == "district"].iloc[0]
    add_unit(bodies, f"{root.code}-hub", "联动指挥中枢", "Linked command hub", "hub", "district", root, "")
    for area in areas[areas["tier"] == "township"].itertuples():
        add_unit(
            bodies,
            f"{area.code}-office",
            area.name,
            area.name_en,
            "office",
            "township",
            area,
            f"{root.code}-hub",
        )
        add_posts(bodies, f"{area.code}-office", "service", rules.township_posts)
    for area in areas[areas["tier"] == "village"].itertuples():
        add_unit(
            bodies,
            f"{area.code}-committee",
            area.name,
            area.name_en,
            "committee",
            "village",
            area,
            f"{area.parent}-office",
        )
        add_posts(bodies, f"{area.code}-committee", "committee", rules.village_posts)
    bodies.cite("posts.service", rules.township_posts, "assumed", "mapping bodies.township_posts")
    bodies.cite("posts.committee", rules.village_posts, "assumed", "mapping bodies.village_posts")


def add_unit(
    bodies: Bodies, code: str, name: str, name_en: str, kind: str, tier: str, area: Any, parent: str
) -> None:
    """One unit at a point well inside its area."""
    bodies.units.append(
        {
            "code": code,
            "name": name,
            "name_en": name_en,
            "kind": kind,
            "tier": tier,
            "area": area.code,
            "parent": parent,
            "serves": "",
            "geometry": area.geometry.representative_point(),
        }
    )


def add_posts(bodies: Bodies, unit: str, role: str, count: int) -> None:
    """So many filled posts of a role on the one shift of the mapping."""
    for number in range(1, count + 1):
        bodies.posts.append(
            {
                "post_id": f"{unit}-{role}-{number:03d}",
                "unit": unit,
                "role": role,
                "area": "",
                "kind": "contract",
                "skills": "",
                "shift": "day",
                "rota": 0,
                "filled": 1,
            }
        )


def find_posts(mapping: Mapping, per_day: float, minutes: float) -> int:
    """Posts kept busy at the target: ceil(cases x minutes / (minutes on duty x target))."""
    rules = mapping.bodies
    on_duty = sum(b - a for a, b in map(parse_window, rules.shift)) / 60 * (1 - rules.duty_share)
    return max(rules.least_posts, math.ceil(per_day * minutes / (on_duty * rules.target)))


def add_matter_body(
    mapping: Mapping, places: Places, matter: str, mine: pd.DataFrame, bodies: Bodies
) -> None:
    """Who handles a matter: a department of the district, or a squad in every township."""
    rules = mapping.bodies
    name = next(row for row in bodies.matters if row["matter"] == matter)
    source = str(name["matter_name_en"])
    tier = rules.tier_of.get(source, "district")
    minutes = rules.touch_minutes.get(source, rules.default_minutes)
    role, areas = f"dept_{matter}", places.areas
    chosen = areas[areas["tier"] == tier]
    hub = bodies.units[0]["code"]
    demand = bodies.demand[bodies.demand["matter"] == matter]
    week = 7 / 5  # the queue of a weekend is worked off on weekdays
    for area in chosen.itertuples():
        stem = area.code[:-3] if tier == "township" else ""
        rate = float(demand.loc[demand["area"].str.startswith(stem), "per_day"].sum()) * week
        code = f"{area.code}-{role}"
        parent = hub if tier == "district" else f"{area.code}-office"
        kind = "department" if tier == "district" else "squad"
        add_unit(bodies, code, str(name["matter_name"]), source, kind, tier, area, parent)
        add_posts(bodies, code, role, find_posts(mapping, rate, minutes + rules.travel_minutes))
    bodies.duties.append(
        {
            "role": role,
            "duty": "other",
            "name": "其他勤务",
            "name_en": "Other duties",
            "share": rules.duty_share,
        }
    )
    wait = fit_wait(mine["hours"], rules.longest_cv)
    add_route(mapping, matter, tier, role, minutes, wait, bodies)
    bodies.cite(
        f"posts.{role}",
        "",
        "assumed",
        f"as many as are busy {rules.target:.0%}: rule of mapping bodies.target",
    )
    bodies.cite(f"routes.{role}.minutes", minutes, "assumed", "mapping bodies.touch_minutes")
    bodies.cite(
        f"routes.{role}.delay",
        f"mean {wait[0]:.1f} h, cv {wait[1]:.2f}",
        "fitted",
        f"lognormal by moments of log(closed - created), n={wait[2]}",
    )


def fit_wait(hours: pd.Series, longest_cv: float) -> tuple[float, float, int]:
    """Mean, coefficient of variation and count of a lognormal with the median and log-spread of the hours."""
    good = np.log(hours[hours > 0].to_numpy(dtype=float))
    if len(good) < 2:
        return 24.0, 1.0, len(good)
    cv = min(math.sqrt(math.expm1(min(float(good.var(ddof=1)), 50.0))), longest_cv)
    return float(np.exp(np.median(good)) * math.sqrt(1 + cv**2)), cv, len(good)


def add_route(
    mapping: Mapping,
    matter: str,
    tier: str,
    role: str,
    minutes: float,
    wait: tuple[float, float, int],
    bodies: Bodies,
) -> None:
    """Handling of every item of a matter: travel, work, then the waiting that is nobody's work."""
    for item in [row["item"] for row in bodies.matters if row["matter"] == matter]:
        bodies.routes.append(
            {
                "item": item,
                "step": f"handle_{tier}",
                "position": 50,
                "state": "handled",
                "tier": tier,
                "role": role,
                "crew": 1,
                "law": "lognormal",
                "minutes": minutes,
                "cv": mapping.bodies.cv,
                "travel": 1,
                "delay_kind": "contractor",
                "delay_share": 1.0,
                "delay_law": "lognormal",
                "delay_value": round(wait[0], 2),
                "delay_clock": "u",
                "delay_when": "after",
                "delay_cv": round(wait[1], 3),
            }
        )
        bodies.mandates.append({"item": item, "tier": tier, "role": role, "holds": 1})


def add_desks(mapping: Mapping, bodies: Bodies) -> None:
    """Acceptance and dispatch at the hub, checking at its desk, and closing."""
    rules, hub = mapping.bodies, bodies.units[0]["code"]
    per_day = float(bodies.demand["per_day"].sum()) * 7 / 5
    for role, factor in (("seat", 1), ("dispatcher", 1), ("checker", 1)):
        add_posts(bodies, hub, role, find_posts(mapping, per_day * factor, rules.desk_minutes))
        bodies.cite(f"posts.{role}", "", "assumed", "rule of mapping bodies.target")
    steps = (
        ("accept", 10, "accepted", "seat"),
        ("dispatch", 30, "dispatched", "dispatcher"),
        ("check", 70, "checked", "checker"),
    )
    for step, position, state, role in steps:
        bodies.routes.append(
            {
                "item": "*",
                "step": step,
                "position": position,
                "state": state,
                "tier": "district",
                "role": role,
                "crew": 1,
                "law": "lognormal",
                "minutes": rules.desk_minutes,
                "cv": rules.cv,
            }
        )
    bodies.routes.append(
        {
            "item": "*",
            "step": "close",
            "position": 80,
            "state": "closed",
            "tier": "",
            "role": "",
            "law": "constant",
            "minutes": 0,
        }
    )


def unit_layer(bodies: Bodies) -> gpd.GeoDataFrame:
    """Units as a layer in degrees, ordered by code."""
    return gpd.GeoDataFrame(bodies.units, geometry="geometry", crs=4326).sort_values(
        "code", ignore_index=True
    )
