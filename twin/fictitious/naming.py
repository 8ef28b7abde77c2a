"""Names and codes: Chinese names from tables of stems, their pinyin beside them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from twin.fictitious.cells import Cells
from twin.fictitious.hierarchy import Hierarchy
from twin.fictitious.partition import Labels
from twin.fictitious.templates import list_rows, read_table
from twin.fictitious.terrain import Points, Terrain

COUNTY = "990101"
SUFFIXES = {
    "street": ("街道", "Subdistrict"),
    "town": ("镇", "Town"),
    "township": ("乡", "Township"),
    "community": ("社区", "Community"),
    "village": ("村", "Village"),
}
FIRST_CODES = {"street": 1, "town": 100, "township": 200, "community": 1, "village": 200}
DIGITS = "零一二三四五六七八九"
Name = tuple[str, str]


@dataclass(frozen=True)
class Named:
    """District name; code, kind and name of each township and village; code and name of each grid."""

    district: Name
    townships: pd.DataFrame
    villages: pd.DataFrame
    grids: pd.DataFrame


def name_places(
    cells: Cells,
    terrain: Terrain,
    hierarchy: Hierarchy,
    towns_share: float,
    seed: int,
    rng: np.random.Generator,
) -> Named:
    """Codes and names of everything on the map; seed 1 takes the first names of every list."""
    stems = read_table("names_townships.csv")
    districts = stems[stems["kind"] == "district"]
    pick = (seed - 1) % len(districts)
    district = (f"{districts['stem'].iloc[pick]}区", f"{districts['stem_en'].iloc[pick]} District")
    townships = _name_townships(cells, terrain, hierarchy, stems, towns_share, seed, rng)
    villages = _name_villages(cells, hierarchy, townships, rng)
    return Named(district, townships, villages, _name_grids(cells, hierarchy, villages, rng))


def _middles(points: Points, labels: Labels, count: int) -> Points:
    sizes = np.bincount(labels, minlength=count)[:, None]
    sums = np.c_[np.bincount(labels, points[:, 0], count), np.bincount(labels, points[:, 1], count)]
    return np.asarray(sums / sizes)


def _name_townships(
    cells: Cells,
    terrain: Terrain,
    hierarchy: Hierarchy,
    stems: pd.DataFrame,
    towns_share: float,
    seed: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    count = int(hierarchy.township.max()) + 1
    middles = _middles(cells.points, hierarchy.township, count)
    kinds = _pick_kinds(middles, terrain, hierarchy.streets, towns_share)
    rows: dict[int, dict[str, str]] = {}
    for kind in ("street", "town", "township"):
        members = [k for k in range(count) if kinds[k] == kind]
        pool = stems[stems["kind"] == kind]
        chosen = _choose_stems(pool, len(members), seed, rng)
        placed = _place_stems(chosen, middles[members], terrain)
        order = sorted(range(len(members)), key=lambda k: -middles[members[k], 1])
        for number, k in enumerate(order):
            stem, stem_en = placed[k]
            rows[members[k]] = {
                "code": f"{COUNTY}{FIRST_CODES[kind] + number:03d}000",
                "kind": kind,
                "stem": stem,
                "stem_en": stem_en,
                "name": stem + SUFFIXES[kind][0],
                "name_en": f"{stem_en} {SUFFIXES[kind][1]}",
            }
    return pd.DataFrame([rows[k] for k in range(count)])


def _pick_kinds(middles: Points, terrain: Terrain, streets: int, towns_share: float) -> list[str]:
    """Streets come first; of the others, those nearest to the core are towns, the rest townships."""
    away = np.hypot(*(middles[streets:] - terrain.core).T)
    towns = round(towns_share * len(away))
    near = set(np.argsort(away, kind="stable")[:towns].tolist())
    return ["street"] * streets + ["town" if k in near else "township" for k in range(len(away))]


def _choose_stems(pool: pd.DataFrame, count: int, seed: int, rng: np.random.Generator) -> pd.DataFrame:
    """Stems from the list; when it is too short, directions are put before the stems."""
    order = np.arange(len(pool)) if seed == 1 else rng.permutation(len(pool))
    full = pool.iloc[order]
    for sign, sign_en in (("新", "Xin"), ("东", "Dong"), ("西", "Xi"), ("上", "Shang"), ("下", "Xia")):
        if len(full) >= count:
            break
        more = pool.assign(stem=sign + pool["stem"], stem_en=sign_en + pool["stem_en"].str.lower(), hint="")
        full = pd.concat([full, more])
    return full.iloc[:count]


def _place_stems(stems: pd.DataFrame, middles: Points, terrain: Terrain) -> dict[int, Name]:
    """Stems that hint at a place (north, east, river, lake) go to the place that suits them best."""
    water = {"river": terrain.river, "lake": terrain.lake.mean(axis=0)[None]}
    axes = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0)}
    left, placed = list(range(len(middles))), {}
    for row in sorted(list_rows(stems), key=lambda r: bool(r["hint"] == "")):
        best, hint = left[0], row["hint"]
        if hint in water:
            gaps = np.hypot(*(middles[left][:, None, :] - water[hint][None]).transpose(2, 0, 1))
            best = left[int(gaps.min(axis=1).argmin())]
        elif hint:
            best = left[int((middles[left] @ np.array(axes[hint])).argmax())]
        placed[best] = (row["stem"], row["stem_en"])
        left.remove(best)
    return placed


def _name_villages(
    cells: Cells, hierarchy: Hierarchy, townships: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Villages numbered from north to south inside their township; names unique while the list lasts."""
    count = len(hierarchy.is_community)
    middles = _middles(cells.points, hierarchy.village, count)
    kinds = np.where(hierarchy.is_community, "community", "village")
    names = {kind: _list_names(kind, int((kinds == kind).sum()), rng) for kind in ("village", "community")}
    numbers: dict[tuple[int, str], int] = {}
    rows: dict[int, dict[str, str]] = {}
    for village in sorted(range(count), key=lambda v: (hierarchy.village_township[v], -middles[v, 1])):
        township, kind = int(hierarchy.village_township[village]), str(kinds[village])
        number = numbers.get((township, kind), FIRST_CODES[kind])
        numbers[township, kind] = number + 1
        name, name_en = names[kind].pop(0)
        rows[village] = {
            "code": f"{townships['code'].iloc[township][:9]}{number:03d}",
            "kind": kind,
            "name": name + SUFFIXES[kind][0],
            "name_en": f"{name_en} {SUFFIXES[kind][1]}",
        }
    return pd.DataFrame([rows[v] for v in range(count)])


def _list_names(kind: str, count: int, rng: np.random.Generator) -> list[Name]:
    """Shuffled compounds of a first and a second morpheme, never the same morpheme twice."""
    parts = read_table("names_villages.csv")
    parts = parts[parts["kind"] == kind]
    first = parts[parts["part"] == "first"][["text", "text_en"]].to_numpy().tolist()
    second = parts[parts["part"] == "second"][["text", "text_en"]].to_numpy().tolist()
    names = [(a + b, a_en + b_en) for a, a_en in first for b, b_en in second if a != b]
    names = [names[k] for k in rng.permutation(len(names))]
    return names * (count // len(names) + 1)


def _name_grids(
    cells: Cells, hierarchy: Hierarchy, villages: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Grids numbered from north to south inside their village; dedicated ones named by what they are."""
    special = read_table("names_grids.csv")
    numbers: dict[int, int] = {}
    places: dict[int, list[int]] = {}
    rows: dict[int, dict[str, object]] = {}
    for cell in sorted(range(len(cells.points)), key=lambda c: (hierarchy.village[c], -cells.points[c, 1])):
        village = int(hierarchy.village[cell])
        number = numbers[village] = numbers.get(village, 0) + 1
        name, name_en, place = f"第{spell_number(number)}网格", f"Grid {number}", -1
        if hierarchy.dedicated[cell]:
            kinds = places.setdefault(village, [int(k) for k in rng.permutation(len(special))])
            place = kinds.pop()
            stem, stem_en = villages["name"].iloc[village][:-2], villages["name_en"].iloc[village].split()[0]
            name, name_en = stem + special["name"].iloc[place], f"{stem_en} {special['name_en'].iloc[place]}"
        kind = "rural" if not hierarchy.is_community[village] else "dedicated" if place >= 0 else "urban"
        rows[cell] = {
            "code": f"{villages['code'].iloc[village]}{number:03d}",
            "name": name,
            "name_en": name_en,
            "kind": kind,
            "place": place,
        }
    return pd.DataFrame([rows[c] for c in range(len(cells.points))])


def spell_number(number: int) -> str:
    """A number from 1 to 99 in Chinese."""
    tens, ones = divmod(number, 10)
    if tens == 0:
        return DIGITS[ones]
    head = "十" if tens == 1 else DIGITS[tens] + "十"
    return head + (DIGITS[ones] if ones else "")
