"""Posts of every body: how many, in which role, on which shift."""

import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.fictitious.bodies import HUB, committee_code, number_posts, office_code
from twin.fictitious.hierarchy import Hierarchy
from twin.fictitious.naming import COUNTY, Named
from twin.fictitious.people import round_to_total
from twin.fictitious.templates import Template, read_rows

Row = dict[str, Any]
COLUMNS = [
    "post_id", "unit", "role", "area", "kind", "skills", "shift", "rota", "filled", "mode", "seconded_from",
    "managed_by", "retires",
]  # fmt: skip
OFFICE_ROLES = ("service", "order", "governance", "command", "posted", "other")
KINDS = {
    "service": "institution",
    "order": "administrative",
    "governance": "administrative",
    "command": "institution",
    "posted": "administrative",
    "other": "contract",
    "seat": "contract",
    "dispatcher": "institution",
    "chief": "administrative",
    "committee": "contract",
    "grid_worker": "contract",
    "grid_head": "contract",
    "grid_instructor": "administrative",
}


def list_posts(
    units: pd.DataFrame,
    named: Named,
    hierarchy: Hierarchy,
    load: pd.DataFrame,
    share: float,
    rules: Template,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """posts.csv; `load` has reports a day, townships x matters; `share` is the size against the default."""
    posts = list(_staff_hub(rules["hub"], share))
    posts += _staff_departments(units, rules["departments"], share)
    posts += _staff_townships(named, load, rules, rng)
    posts += _staff_villages(named, hierarchy, rules["village"])
    table = number_posts(units, posts)
    table["filled"] = _leave_vacant(table["role"], rules["vacancies"], rng)
    return _describe_posts(table, units, rules)


def _describe_posts(table: pd.DataFrame, units: pd.DataFrame, rules: Template) -> pd.DataFrame:
    """How each post travels, who sent and who manages those posted to townships, and who retires when."""
    family = table["role"].str.extract(r"^(squad|dept)_", expand=False).fillna(table["role"])
    posted = table["role"] == "posted"
    senders = sorted(units.loc[units["kind"] == "department", "code"])
    turn = np.arange(len(table)) % max(len(senders), 1)
    return table.assign(
        mode=family.map(rules["modes"]).fillna(""),
        seconded_from=np.where(posted, np.array([*senders, ""])[turn], ""),
        managed_by=np.where(posted, table["unit"], ""),
        retires=[_find_retirement(code, rules["retirement"]) for code in table["post_id"]],
    )[COLUMNS]


def _find_retirement(post_id: str, rules: Template) -> str:
    """The day from which a post is vacant, for a share of posts, spread over a span; keyed by the post."""
    draw = zlib.crc32(f"retirement {post_id}".encode()) / 2**32
    if draw >= rules["share"]:
        return ""
    day = date.fromisoformat(rules["first"]) + timedelta(days=int(draw / rules["share"] * rules["days"]))
    return day.isoformat()


def _post(unit: str, role: str, shift: str, rota: int = 0, area: str = "", kind: str = "") -> Row:
    family = "institution" if role.startswith("squad_") else "administrative"
    skills = "enforcement" if role.startswith("squad_") else ""
    return {
        "unit": unit,
        "role": role,
        "area": area,
        "kind": kind or KINDS.get(role, family),
        "skills": skills,
        "shift": shift,
        "rota": rota % 7,
    }


def _staff_hub(rules: Template, share: float) -> Iterator[Row]:
    for shift in rules["shifts"]:
        for role in ("seat", "dispatcher", "chief"):
            for _ in range(max(1, round(rules[role] * share))):
                yield _post(HUB, role, shift)


def _staff_departments(units: pd.DataFrame, rules: Template, share: float) -> Iterator[Row]:
    for row in read_rows("departments.csv"):
        code = f"{COUNTY}{900 + int(row['number'])}000"
        teams = sorted(units.loc[(units["parent"] == code) & (units["kind"] == "field_team"), "code"])
        handlers = max(len(teams) * 2, 2, round(int(row["handlers"]) * share))
        emergency = row["role"] == "dept_emergency"
        for team, size in zip(teams or [code], _split(handlers, max(1, len(teams))), strict=True):
            nights = round(size * rules["night_share"]) if emergency else 0
            for number in range(size):
                shift = "night" if number < nights else "rota" if emergency else "office"
                kind = "institution" if number % 3 else "administrative"
                yield _post(team, row["role"], shift, number, kind=kind)


def _split(total: int, parts: int) -> list[int]:
    return [total // parts + (k < total % parts) for k in range(parts)]


def _staff_townships(
    named: Named, load: pd.DataFrame, rules: Template, rng: np.random.Generator
) -> Iterator[Row]:
    form = rules["township"]
    totals = size_townships(load.sum(axis=1).to_numpy(), form, rng)
    pull = (load / load.mean()) ** form["squad_load_weight"]
    for township, total in zip(named.townships["code"], totals, strict=True):
        office, sizes = office_code(township), _share_office(form, int(total))
        nights = round(sizes["order"] * form["night_share"])
        for role in OFFICE_ROLES:
            for number in range(sizes[role]):
                phase = 3 * number if role == "command" else number
                yield _post(office, role, _pick_shift(role, number, nights), phase)
        for digit, (role, count) in enumerate(_share_squads(rules, sizes["squads"], pull.loc[township]), 901):
            for number in range(count):
                yield _post(f"{office[:9]}{digit}", role, "office", number)


def _share_office(form: Template, total: int) -> dict[str, int]:
    """Posts of each role of a township office, and of its squads together."""
    roles = [role for role in (*OFFICE_ROLES, "squads") if role != "command"]
    wanted = np.array([float(form[role]) for role in roles])
    sizes = {role: int(n) for role, n in zip(roles, round_to_total(wanted, total), strict=True)}
    sizes["command"] = form["command_low"] if total < form["staff_mean"] else form["command_high"]
    sizes["governance"] -= sizes["command"]
    return sizes


def size_townships(load: NDArray[np.float64], form: Template, rng: np.random.Generator) -> NDArray[np.int64]:
    """Staff of each township: around the mean, tied only weakly to its load, within the limits."""
    relative = np.log(load / load.mean())
    wanted = np.exp(form["load_weight"] * relative + rng.normal(0, form["staff_spread"], len(load)))
    total = form["staff_mean"] * len(load)
    sizes = form["staff_mean"] * wanted / wanted.mean()
    for _ in range(50):
        sizes = np.clip(sizes, form["staff_low"], form["staff_high"])
        free = (sizes > form["staff_low"]) & (sizes < form["staff_high"])
        if not free.any() or abs(sizes.sum() - total) < 1e-9:
            break
        sizes[free] += (total - sizes.sum()) / free.sum()
    return round_to_total(sizes, total)


def _pick_shift(role: str, number: int, nights: int) -> str:
    if role == "order":
        return "night" if number < nights else "rota"
    return "rota" if role == "command" else "office"


def _share_squads(rules: Template, total: int, pull: pd.Series) -> list[tuple[str, int]]:
    """Posts of each squad by its weight and the pull of its matter here, within the limits of a squad."""
    low, high = rules["township"]["squad_low"], rules["township"]["squad_high"]
    squads = rules["squads"].items()
    weights = {role: squad["weight"] * float(pull[squad["matter"]]) for role, squad in squads}
    sizes = dict.fromkeys(weights, low)
    for _ in range(total - low * len(weights)):
        open_squads = [role for role in weights if sizes[role] < high]
        if open_squads:
            neediest = max(open_squads, key=lambda role: weights[role] / sizes[role])
            sizes[neediest] += 1
    return list(sizes.items())


def _staff_villages(named: Named, hierarchy: Hierarchy, rules: Template) -> Iterator[Row]:
    codes = named.grids["code"].to_numpy()
    instructed = 0.0
    for number, village in enumerate(named.villages["code"]):
        unit = committee_code(village)
        for k in range(rules["committee"]):
            yield _post(unit, "committee", "rota", 3 * k)
        for k, grid in enumerate(sorted(codes[hierarchy.village == number])):
            yield _post(unit, "grid_worker", "rota", 3 * k + number, grid)
            yield _post(unit, "grid_head", "rota", k, grid)
            instructed += rules["grid_instructor"]
            if instructed >= 1 - 1e-9:
                instructed -= 1
                yield _post(unit, "grid_instructor", "rota", k, grid)


def _leave_vacant(roles: pd.Series, vacancies: Template, rng: np.random.Generator) -> NDArray[np.int64]:
    chance = roles.map(vacancies).fillna(0.0).to_numpy(dtype=float)
    return (rng.random(len(roles)) >= chance).astype(np.int64)
