"""Matters, routes, mandates, duties and shifts from the templates."""

from typing import Any

import numpy as np
import pandas as pd

from twin.fictitious.people import round_to_total
from twin.fictitious.templates import list_rows, read_rows, read_table

Row = dict[str, Any]
STEP_OF = {
    "village": ("handle_village", 40),
    "township": ("handle_township", 50),
    "district": ("handle_district", 60),
}


def list_matters() -> pd.DataFrame:
    """matters.csv: one row an item."""
    return read_table("items.csv").drop(columns="source")


def list_shifts() -> pd.DataFrame:
    """shifts.csv."""
    return read_table("shifts.csv").drop(columns="source")


def list_duties(roles: list[str]) -> pd.DataFrame:
    """duties.csv; the template's `squad` and `dept` stand for every role of that family."""
    rows = []
    for row in read_rows("duties.csv"):
        family = [role for role in roles if role.startswith(f"{row['role']}_")]
        rows += [{**row, "role": role} for role in (family or [row["role"]])]
    return pd.DataFrame(rows)


def list_mandates() -> pd.DataFrame:
    """mandates.csv: for every item the bodies that handle it and whether they hold the power."""
    steps = expand_items(read_table("touch.csv"))
    return pd.DataFrame({column: steps[column] for column in ("item", "tier", "role", "holds")})


def list_preferences(posts: pd.DataFrame, townships: list[str]) -> pd.DataFrame:
    """preferences.csv: where several departments share a role, each comes first for its own townships.

    Townships are shared out in proportion to handlers; the other departments follow in the order of codes.
    """
    rows = []
    shared = posts[posts["role"].str.startswith("dept_")].groupby("role")["unit"].value_counts(sort=False)
    for role, handlers in shared.groupby("role", sort=True):
        units = handlers.droplevel("role").sort_index()
        if len(units) < 2 or (units.index.str[9:] != "000").any():  # field teams have zones of their own
            continue
        firsts = np.repeat(units.index, round_to_total(units.to_numpy(float), len(townships)))
        for township, first in zip(sorted(townships), firsts, strict=True):
            order = [first, *(unit for unit in units.index if unit != first)]
            rows += [
                {"area": township, "role": role, "rank": rank, "unit": unit}
                for rank, unit in enumerate(order, 1)
            ]
    return pd.DataFrame(rows, columns=["area", "role", "rank", "unit"])


def expand_items(touch: pd.DataFrame) -> pd.DataFrame:
    """Handling rows of every item; an item without rows of its own takes those of its matter's first item."""
    frames: list[pd.DataFrame] = []
    items = read_table("items.csv")
    for item, matter in zip(items["item"], items["matter"], strict=True):
        own = touch[touch["item"] == item]
        if own.empty:
            own = touch[touch["item"] == items.loc[items["matter"] == matter, "item"].iloc[0]]
        frames.append(own.assign(item=item, matter=matter))
    return pd.concat(frames, ignore_index=True)


def list_routes() -> pd.DataFrame:
    """routes.csv: desks, verification, handling at each tier, check and close."""
    items = read_table("items.csv")
    waits = {row["matter"]: row for row in read_rows("waits.csv")}
    rows: list[Row] = []
    for row in read_rows("desks.csv"):
        targets = ["*"] if row["matter"] == "*" else list(items.loc[items["matter"] == row["matter"], "item"])
        rows += [{**row, "item": item} for item in targets]
    for _, steps in expand_items(read_table("touch.csv")).groupby("item", sort=True):
        rows += _route_handling(list_rows(steps), waits)
    table = pd.DataFrame(rows).drop(columns=["matter"]).fillna("")
    table["position"] = table["position"].astype(int)
    return table.sort_values(["item", "position"], kind="stable").reset_index(drop=True)


def _route_handling(steps: list[Row], waits: dict[str, Row]) -> list[Row]:
    rows = []
    for here, above in zip(steps, [*steps[1:], None], strict=True):
        step, position = STEP_OF[here["tier"]]
        wait = {key: value for key, value in waits.get(here["matter"], {}).items() if key != "matter"}
        rows.append(
            {
                **wait,
                "item": here["item"],
                "matter": here["matter"],
                "step": step,
                "position": position,
                "state": "handled",
                "tier": here["tier"],
                "role": here["role"],
                "crew": here["crew"],
                "law": "lognormal",
                "minutes": here["minutes"],
                "cv": "0.9",
                "travel": "1",
                "up_share": here["up_share"],
                "up_to": STEP_OF[above["tier"]][0] if above else "",
                "next": "check",
                "together": here["together"],
                "skill": here["skill"],
                "whistle_value": here["whistle_value"],
                "whistle_clock": here["whistle_clock"],
            }
        )
    return rows
