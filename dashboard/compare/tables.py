"""What each figure of a comparison shows, as a table to take away."""

from typing import Any

import pandas as pd
from flask import Response, request

from dashboard.compare.known import COMPARED, Known, find_known
from dashboard.compare.parts import stand
from dashboard.downloads import refuse_table, send_csv
from dashboard.plan.findings import HEADLINE
from dashboard.plan.sides import Sides
from dashboard.services import Services
from simulation.studies.fairness import list_fair_indicators
from twin.indicators import Indicator

LABELS = ["scope_kind", "scope", "indicator"]
FAIR = {indicator.id for indicator in list_fair_indicators()}
PARTS = ("map", "figures", "hours", "waits", "fairness", "units", "ranks")


def send_part(services: Services, job_id: str, part: str) -> Response:
    """The table behind one figure: ?scenario= and ?against= name the sides, ?indicator= the figure."""
    known = find_known(services, job_id)
    if known is None or part not in PARTS:
        return refuse_table()
    asked = request.args
    indicator = COMPARED.get(asked.get("indicator", ""), COMPARED[HEADLINE])
    frame = make_table(known, known.pick(asked.get("scenario"), asked.get("against")), part, indicator)
    return send_csv(services, frame, f"{part}-{job_id[:8]}")


def make_table(known: Known, sides: Sides, part: str, indicator: Indicator) -> pd.DataFrame:
    """The rows of one figure."""
    if part == "ranks":
        rows = [vars(one) for one in stand(known, indicator)]
        return pd.DataFrame(rows).rename(columns={"name": "scenario"}).assign(indicator=indicator.id)
    table = join_sides(sides)
    kind, name = table["scope_kind"], table["indicator"]
    chosen = {
        "map": (kind == "village") & (name == indicator.id),
        "figures": (kind == "district") & name.isin(set(COMPARED)),
        "hours": name.str.startswith("hours_"),
        "waits": name.str.startswith("wait_within_"),
        "fairness": name.isin(FAIR) | ((kind != "unit") & (kind != "matter") & (name == indicator.id)),
        "units": kind == "unit",
    }[part]
    return table[chosen].reset_index(drop=True)


def join_sides(sides: Sides) -> pd.DataFrame:
    """Both means beside the paired difference and its interval."""
    levels: Any = sides.levels.set_index(["scenario", *LABELS])["mean"]
    table = sides.gaps[[*LABELS, "mean", "low", "high", "affected_cases"]].rename(
        columns={"mean": "difference"}
    )
    place = pd.MultiIndex.from_frame(table[LABELS])
    for position, (column, name) in enumerate((("before", sides.against), ("after", sides.scenario))):
        table.insert(3 + position, column, levels.xs(name, level=0).reindex(place).to_numpy())
    table.insert(0, "scenario", sides.scenario)
    table.insert(1, "against", sides.against)
    return table
