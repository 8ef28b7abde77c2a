"""Whom a scenario reaches: each unit as a tile, hollow where it is bit for bit as in the baseline."""

from typing import Any

from dash import html

from dashboard.actors import Words
from dashboard.i18n import t
from dashboard.plan.findings import count_affected
from dashboard.plan.sides import first_sides, pick_sides
from dashboard.plan.tally import TIERS
from simulation.experiment import ExperimentResult
from twin.district import District


def find_touched(result: ExperimentResult) -> set[str]:
    """Units that some event of some case differs at, in the first scenario against the baseline."""
    first = first_sides(result)
    gaps = pick_sides(result, first.scenario, first.against).gaps
    rows = gaps[gaps["scope_kind"] == "unit"].groupby("scope")["affected_cases"].max()
    return {str(unit) for unit in rows.index[rows > 0]}


def draw_reach(result: ExperimentResult, pairs: int, district: District, words: Words) -> list[Any]:
    """How many of how many units are unaffected, a row of tiles for each tier, and cases per replication."""
    touched, units, lang = find_touched(result), district.units, words.lang
    same = int((~units["code"].isin(touched)).sum())
    codes = {tier: units.loc[units["tier"] == tier, "code"].tolist() for tier in TIERS}
    cases = count_affected(result) / max(pairs, 1)
    return [
        html.P([html.B(t("plan.same_units", lang, same=same, all=len(units))), t("plan.same_bits", lang)]),
        *(_draw_tier(tier, codes[tier], touched, words) for tier in TIERS),
        html.P(t("plan.reach", lang, cases=f"{cases:,.0f}"), className="caption"),
    ]


def _draw_tier(tier: str, codes: list[str], touched: set[str], words: Words) -> html.Div:
    reached = sum(code in touched for code in codes)
    told = t("plan.reached", words.lang, count=reached, all=len(codes))
    tiles = [html.I(className="touched" if c in touched else "", title=words.unit(c)) for c in codes]
    head = html.P([t(f"plan.tier_{tier}", words.lang), html.Span(told)], className="caption")
    return html.Div([head, html.Div(tiles, className="unit-tiles", **{"aria-hidden": "true"})])
