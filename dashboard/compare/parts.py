"""The words and tables of a comparison: finding, figures in groups, units, worst places, ranks."""

from typing import Any

import numpy as np
import pandas as pd
from dash import html

from dashboard.compare.known import COMPARED, Known
from dashboard.formats import MINUS, count, is_missing, table
from dashboard.i18n import pick, t
from dashboard.plan.findings import (
    PlaceValues,
    Row,
    count_identical,
    list_rows,
    show,
    show_difference,
    tell,
    tell_interval,
)
from dashboard.plan.sides import Sides
from dashboard.plan.table import COLOURS, draw_row
from simulation.studies.details import list_hours_indicators
from simulation.studies.fairness import list_fair_indicators
from simulation.studies.ranking import Standing, rank_sides
from twin.district import District
from twin.indicators import Indicator

HEADLINE = ("on_time_closure", "on_time_closure_worst_village", "load_village")
GROUPS: dict[str, tuple[str, ...]] = {
    "lead": (
        "on_time_closure",
        "on_time_closure_worst_village",
        "handled_in_time",
        "satisfied_rate",
        "return_rate",
        "rework_rate",
        "sojourn_hours",
        "backlog",
        "load_village",
        "load_township",
        "load_district",
    ),
    "hours": tuple(i.id for i in list_hours_indicators()),
    "fairness": tuple(i.id for i in list_fair_indicators()),
}
WORST = 5
SHOWN_UNITS = 12


def list_all_rows(known: Known, sides: Sides) -> dict[str, Row]:
    """Every figure of the district, by indicator."""
    return {row.indicator.id: row for row in list_rows(known.result, sides, tuple(COMPARED.values()))}


def tell_finding(rows: dict[str, Row], lang: str) -> str:
    """The page's title: closure, the worst village and the load, each with its interval."""
    words = [tell(rows[name], lang) for name in HEADLINE if name in rows]
    return ("；" if lang == "zh" else "; ").join(words) or t("compare.nothing_yet", lang)


def draw_rows(rows: list[Row], titles: tuple[str, str], label: str, lang: str) -> html.Table:
    """Figures of both sides, the difference as dot and line, its interval."""
    head = [
        (t("plan.col_indicator", lang), ""),
        (titles[0], "n"),
        (titles[1], "n"),
        (t("plan.col_difference", lang), "n"),
        (t("plan.col_plot", lang), "plot"),
        (t("plan.col_interval", lang), "n"),
    ]
    return table(head, [draw_row(row, lang) for row in rows], label)


def draw_ranks(known: Known, indicator: Indicator, lang: str) -> list[Any]:
    """Every side by one figure; sides that may be as good as the best share a rank."""
    titles = known.list_short(lang)
    standings = stand(known, indicator)
    if not standings:
        return [html.P(t("compare.no_figure", lang), className="empty")]
    tied = {one.rank for one in standings if sum(other.rank == one.rank for other in standings) > 1}
    head = [(t(f"compare.rank_{name}", lang), kind) for name, kind in RANKS]
    rows = [_draw_standing(one, indicator, titles, one.rank in tied, lang) for one in standings]
    order = "rank_note" if indicator.better else "rank_neither"
    return [
        table(head, rows, t("compare.ranks", lang)),
        html.P(t(f"compare.{order}", lang), className="caption"),
    ]


RANKS = (("rank", ""), ("side", ""), ("mean", "n"), ("behind", "n"))


def stand(known: Known, indicator: Indicator) -> list[Standing]:
    """The standings of every side by one figure of the whole district."""
    result = known.result
    levels = pd.concat([result.indicators, result.details], ignore_index=True)
    levels = levels[(levels["scope_kind"] == "district") & (levels["indicator"] == indicator.id)]
    means = [(str(s), float(m)) for s, m in zip(levels["scenario"], levels["mean"], strict=True)]
    pairs = result.contrasts
    pairs = pairs[(pairs["scope_kind"] == "district") & (pairs["indicator"] == indicator.id)]
    rows = {(row.scenario, row.against): (row.mean, row.low, row.high) for row in pairs.itertuples()}
    nothing = float("nan")

    def contrast(one: str, other: str) -> tuple[float, float, float]:
        if (one, other) in rows:
            return rows[one, other]
        mean, low, high = rows.get((other, one), (nothing, nothing, nothing))
        return -mean, -high, -low

    return rank_sides(means, contrast, indicator.better)


def _draw_standing(
    one: Standing, indicator: Indicator, titles: dict[str, str], tied: bool, lang: str
) -> list[Any]:
    rank = html.Span(f"{one.rank}{' =' if tied else ''}", className="num")
    named, mean = titles.get(one.name, one.name), show(one.mean, indicator, lang)
    return [rank, named, mean, tell_behind(one, indicator, lang)]


def tell_behind(one: Standing, indicator: Indicator, lang: str) -> str:
    """What lies between a side and the best of the others: the interval, or words where it ends at zero."""
    if one.low == 0 < one.high:
        return t("compare.is_best", lang)
    behind = Row(indicator, 0.0, 0.0, one.low, one.low, one.high)
    if one.low < 0 == one.high:
        return t("compare.is_worse", lang, most=show_difference(behind, lang).lstrip(MINUS))
    return tell_interval(behind, lang)


def draw_units(known: Known, sides: Sides, district: District, lang: str) -> list[Any]:
    """How many places and units are bit for bit the same, and the units that are not."""
    lines = [html.P(_tell_identical(known, sides, district, lang))]
    rows = sides.gaps[(sides.gaps["scope_kind"] == "unit")].groupby("scope")["affected_cases"].max()
    touched = rows[rows > 0].sort_values(ascending=False, kind="stable")
    if touched.empty:
        return [*lines, html.P(t("compare.nobody", lang), className="empty")]
    pairs = max(int(known.result.details["replications"].max()), 1)
    names = district.units.set_index("code")
    load = sides.gaps[sides.gaps["indicator"] == "utilisation"].set_index("scope")
    level = sides.levels[sides.levels["indicator"] == "utilisation"].set_index(["scenario", "scope"])["mean"]
    body = [_draw_unit(code, n / pairs, names, (load, level), sides, lang) for code, n in touched.items()]
    head = [(t(f"compare.unit_{name}", lang), kind) for name, kind in UNITS]
    first = table(head, body[:SHOWN_UNITS], t("compare.units", lang))
    rest = body[SHOWN_UNITS:]
    if not rest:
        return [*lines, first]
    more = html.Summary(t("compare.more_units", lang, count=len(rest)))
    return [
        *lines,
        first,
        html.Details([more, table(head, rest, t("compare.units", lang))], className="more"),
    ]


UNITS = (("name", ""), ("cases", "n"), ("load", "n"), ("gap", "n"))


def _draw_unit(
    code: Any, cases: float, names: pd.DataFrame, loads: tuple[Any, Any], sides: Sides, lang: str
) -> list[Any]:
    unit, indicator = names.loc[code], COMPARED["utilisation"]
    gaps, levels = loads
    nothing = float("nan")
    found = [float(gaps.at[code, c]) if code in gaps.index else nothing for c in ("mean", "low", "high")]
    row = Row(
        indicator,
        levels.get((sides.against, code), nothing),
        levels.get((sides.scenario, code), nothing),
        *found,
    )
    gap = show_difference(row, lang) if not is_missing(found[0]) else "–"
    words = f"{gap}（{tell_interval(row, lang)}）" if row.verdict != "same" else gap
    name = pick(lang, str(unit["name"]), str(unit["name_en"]))
    return [name, count(cases), show(row.scenario, indicator, lang), html.Span(words, className=_quiet(row))]


def _quiet(row: Row) -> str:
    return "quiet" if row.verdict in ("unclear", "same") else "num"


def count_untouched(known: Known, sides: Sides, district: District) -> tuple[int, int]:
    """Units that nothing differs in, and all of them."""
    total = len(district.units)
    return count_identical(known.result, "unit", total, sides), total


def _tell_identical(known: Known, sides: Sides, district: District, lang: str) -> str:
    tiers = district.areas["tier"]
    totals = {kind: int((tiers == kind).sum()) for kind in ("township", "village")}
    same = {kind: count_identical(known.result, kind, total, sides) for kind, total in totals.items()}
    units = count_untouched(known, sides, district)
    shares = {f"{kind}s": f"{same[kind]}/{totals[kind]}" for kind in totals}
    return t("compare.identical", lang, units=f"{units[0]}/{units[1]}", **shares)


def draw_worst(
    values: PlaceValues, gaps: pd.DataFrame, names: dict[str, str], indicator: Indicator, lang: str
) -> html.Div:
    """The places that were worst before: hollow before, filled after, the difference with its interval."""
    sign = indicator.better or 1
    known = np.flatnonzero(np.isfinite(values.baseline) & np.isfinite(values.scenario))
    order = known[np.argsort(values.baseline[known] * sign, kind="stable")][:WORST]
    if not len(order):
        return html.P(t("compare.no_figure", lang), className="empty")
    both = np.r_[values.baseline[order], values.scenario[order]]
    low, wide = both.min(), max(float(both.max() - both.min()), 1e-9)
    paired = gaps[gaps["indicator"] == indicator.id].set_index("scope")
    rows = []
    for place in order:
        code, before, after = (
            values.codes[place],
            float(values.baseline[place]),
            float(values.scenario[place]),
        )
        found = paired.loc[code]
        row = Row(indicator, before, after, *(float(found[c]) for c in ("mean", "low", "high")))
        ends = [4 + 92 * (v - low) / wide for v in (before, after)]
        rows.append(_draw_dumbbell(names[code], row, ends, lang))
    return html.Div(rows, className="dumbbells")


def _draw_dumbbell(name: str, row: Row, ends: list[float], lang: str) -> html.Div:
    kind = COLOURS.get(row.verdict, "quiet")
    left, right = min(ends), max(ends)
    track = html.Div(
        [
            html.Span(
                className=f"line {kind}", style={"left": f"{left:.1f}%", "width": f"{right - left:.1f}%"}
            ),
            html.Span(className="dot before", style={"left": f"{ends[0]:.1f}%"}),
            html.Span(className=f"dot after {kind}", style={"left": f"{ends[1]:.1f}%"}),
        ],
        className="track",
        **{"aria-hidden": "true"},
    )
    level = f"{show(row.baseline, row.indicator, lang)} → {show(row.scenario, row.indicator, lang)}"
    words = f"{show_difference(row, lang)}（{tell_interval(row, lang)}）" if row.verdict != "same" else "—"
    figures = html.Span([level, html.Br(), html.Span(words, className=kind)], className="figures")
    return html.Div([html.Span(name, className="name"), track, figures], className="dumbbell")
