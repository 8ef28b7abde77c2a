"""Units: the hub, departments with their field teams, township offices and squads, village committees."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.fictitious.cells import Cells, Projection
from twin.fictitious.hierarchy import Hierarchy
from twin.fictitious.naming import COUNTY, Named
from twin.fictitious.partition import Labels, divide
from twin.fictitious.templates import Template, list_rows, read_rows
from twin.fictitious.terrain import Points, Terrain

DISTRICT = f"{COUNTY}000000"
HUB = f"{COUNTY}900000"
ZONE_NAMES = (("一", "1st"), ("二", "2nd"), ("三", "3rd"), ("四", "4th"))
Row = dict[str, Any]


@dataclass(frozen=True)
class Seats:
    """Cell number of the seat of each township and village, and of the district."""

    townships: NDArray[np.int64]
    villages: NDArray[np.int64]
    district: int


def find_seats(cells: Cells, terrain: Terrain, hierarchy: Hierarchy) -> Seats:
    """Village seats in the middle of their village; township seats in a community, near the town's heart."""
    count = len(hierarchy.is_community)
    villages = [_find_middle(cells.points, hierarchy.village == v) for v in range(count)]
    townships = []
    for number in range(int(hierarchy.township.max()) + 1):
        inside = (hierarchy.township == number) & hierarchy.is_community[hierarchy.village]
        heart = None if number < hierarchy.streets else terrain.seats[number - hierarchy.streets]
        townships.append(_find_middle(cells.points, inside, heart))
    district = int(np.hypot(*(cells.points - terrain.core).T).argmin())
    return Seats(np.array(townships), np.array(villages), district)


def _find_middle(points: Points, inside: NDArray[np.bool_], heart: Points | None = None) -> int:
    members = np.flatnonzero(inside)
    middle = points[members].mean(axis=0) if heart is None else heart
    return int(members[np.hypot(*(points[members] - middle).T).argmin()])


def divide_zones(cells: Cells, hierarchy: Hierarchy, zones: int, rng: np.random.Generator) -> Labels:
    """Zone of each township: contiguous, as equal in number as can be."""
    count = int(hierarchy.township.max()) + 1
    near: list[set[int]] = [set() for _ in range(count)]
    for a, b in cells.borders:
        p, q = int(hierarchy.township[a]), int(hierarchy.township[b])
        if p != q:
            near[p].add(q)
            near[q].add(p)
    middles = np.array([cells.points[hierarchy.township == k].mean(axis=0) for k in range(count)])
    zones = min(zones, count)
    sizes = [count // zones + (k < count % zones) for k in range(zones)]
    return divide(middles, [sorted(n) for n in near], sizes, None, rng)


def list_units(
    named: Named,
    hierarchy: Hierarchy,
    seats: Seats,
    zones: Labels,
    nodes: Points,
    squads: Template,
    projection: Projection,
) -> gpd.GeoDataFrame:
    """units.geojson: columns of docs/reference/tables.md; the hub is the root of the command tree."""
    name = f"{named.district[0]}联动指挥中枢", f"{named.district[1]} Joint Command Hub"
    rows = [_row(HUB, name, "hub", "district", DISTRICT, "")]
    rows[0]["point"] = nodes[seats.district]
    rows += _list_departments(named, seats, zones, nodes)
    for number, township in enumerate(list_rows(named.townships)):
        rows += _list_township(township, nodes[seats.townships[number]], squads)
    villages = list_rows(named.villages)
    for village, owner, seat in zip(villages, hierarchy.village_township, seats.villages, strict=True):
        office = office_code(named.townships["code"].iloc[owner])
        rows.append(_row_village(village, office, nodes[seat]))
    points = projection.to_degrees(np.array([row.pop("point") for row in rows]))
    table = gpd.GeoDataFrame(rows, geometry=shapely.points(points), crs="EPSG:4326")
    return table.sort_values("code", kind="stable").reset_index(drop=True)


def office_code(township: str) -> str:
    """Unit code of a township's office from the township's area code."""
    return f"{township[:9]}900"


def committee_code(village: str) -> str:
    """Unit code of a village's committee from the village's area code."""
    return f"{village[:9]}{int(village[9:]) + 400:03d}"


def _row(
    code: str, name: tuple[str, str], kind: str, tier: str, area: str, parent: str, serves: str = ""
) -> Row:
    return {
        "code": code,
        "name": name[0],
        "name_en": name[1],
        "kind": kind,
        "tier": tier,
        "area": area,
        "parent": parent,
        "serves": serves,
    }


def _around(middle: Points, number: int, radius: float) -> Points:
    """A place at a distance from the middle, so that bodies in one building do not hide each other."""
    angle = 2.4 * number
    return np.asarray(middle + radius * np.array([np.cos(angle), np.sin(angle)]))


def _list_departments(named: Named, seats: Seats, zones: Labels, nodes: Points) -> list[Row]:
    """Departments around the district's seat, and the field teams of the zoned ones in their zones."""
    rows = []
    codes = named.townships["code"].to_numpy()
    for row in read_rows("departments.csv"):
        number = int(row["number"])
        code = f"{COUNTY}{900 + number}000"
        department = _row(code, (row["name"], row["name_en"]), "department", "district", DISTRICT, HUB)
        rows.append({**department, "point": _around(nodes[seats.district], number, 180 + 38 * number)})
        for zone in range(int(zones.max()) + 1) if row["zoned"] == "1" else ():
            inside = np.flatnonzero(zones == zone)
            home = seats.townships[inside[_find_central(nodes[seats.townships[inside]])]]
            sign, sign_en = ZONE_NAMES[zone]
            name = f"{row['name']}第{sign}外勤队", f"{row['name_en']} {sign_en} Field Team"
            serves = ";".join(sorted(codes[inside]))
            team = _row(f"{code[:9]}{zone + 1:03d}", name, "field_team", "district", DISTRICT, code, serves)
            rows.append({**team, "point": _around(nodes[home], number, 150)})
    return rows


def _find_central(points: Points) -> int:
    return int(np.hypot(*(points - points.mean(axis=0)).T).argmin())


def _list_township(township: Row, seat: Points, squads: Template) -> list[Row]:
    code = office_code(township["code"])
    name = f"{township['name']}{'办事处' if township['kind'] == 'street' else '人民政府'}"
    office = _row(code, (name, f"{township['name_en']} Office"), "office", "township", township["code"], HUB)
    rows: list[Row] = [{**office, "point": seat}]
    for number, squad in enumerate(squads.values(), start=1):
        title = township["stem"] + squad["name"], f"{township['stem_en']} {squad['name_en']}"
        row = _row(f"{code[:9]}{900 + number}", title, "squad", "township", township["code"], code)
        rows.append({**row, "point": _around(seat, number, 90)})
    return rows


def _row_village(village: Row, office: str, seat: Points) -> Row:
    name = village["name"] + ("居委会" if village["kind"] == "community" else "委会")
    english = f"{village['name_en']} Committee"
    row = _row(
        committee_code(village["code"]), (name, english), "committee", "village", village["code"], office
    )
    return {**row, "point": seat}


def number_posts(units: pd.DataFrame, posts: list[Row]) -> pd.DataFrame:
    """Posts in the order of units, each with its `post_id`: the unit's code and a running number."""
    order = {code: k for k, code in enumerate(units["code"])}
    numbers: dict[str, int] = {}
    rows = []
    for post in sorted(posts, key=lambda p: order[p["unit"]]):
        number = numbers[post["unit"]] = numbers.get(post["unit"], 0) + 1
        rows.append({"post_id": f"{post['unit']}-{number:03d}", **post})
    return pd.DataFrame(rows)
