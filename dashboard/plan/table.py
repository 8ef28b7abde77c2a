"""The table of figures: the leading ones in view, the others in groups that open; each with its formula."""

from collections import Counter
from typing import Any

import numpy as np
from dash import html

from dashboard.formats import table
from dashboard.i18n import pick, t
from dashboard.plan.findings import Row, show, show_difference, tell_interval
from dashboard.plan.groups import FIGURES

COLUMNS = (
    ("indicator", ""),
    ("baseline", "n"),
    ("scenario", "n"),
    ("difference", "n"),
    ("plot", "plot"),
    ("interval", "n"),
)
COLOURS = {"better": "pos", "worse": "neg", "changed": "num"}
GROUPS = tuple(name for name in FIGURES if name != "lead")
COUNTED = ("better", "worse", "changed", "unclear", "same")


def draw_lead(rows: list[Row], lang: str) -> html.Table:
    """The leading figures."""
    return _draw_rows("lead", _pick(rows, "lead"), lang)


def hold_groups() -> list[html.Details]:
    """Where the other groups go; what a reader opened stays open while figures come in."""
    return [html.Details(id=group_id(name), className="group") for name in GROUPS]


def group_id(name: str) -> dict[str, str]:
    """The id of a group of figures."""
    return {"type": "plan-group", "name": name}


def draw_groups(rows: list[Row], lang: str) -> list[list[Any]]:
    """The content of each group, in order; nothing where there are no figures."""
    return [_draw_group(name, _pick(rows, name), lang) for name in GROUPS]


def _pick(rows: list[Row], name: str) -> list[Row]:
    by_id = {row.indicator.id: row for row in rows}
    return [by_id[i] for i in FIGURES[name] if i in by_id]


def _draw_group(name: str, rows: list[Row], lang: str) -> list[Any]:
    if not rows:
        return []
    counts = Counter(row.verdict for row in rows)
    words = [
        html.Span(
            t(f"plan.count_{verdict}", lang, count=counts[verdict]), className=COLOURS.get(verdict, "quiet")
        )
        for verdict in COUNTED
        if counts[verdict]
    ]
    title = html.B(t(f"plan.figures_{name}", lang))
    return [
        html.Summary([title, html.Span(t("plan.count_all", lang, count=len(rows))), *words]),
        _draw_rows(name, rows, lang),
    ]


def _draw_rows(name: str, rows: list[Row], lang: str) -> html.Table:
    head = [(t(f"plan.col_{key}", lang), kind) for key, kind in COLUMNS]
    return table(head, [draw_row(row, lang) for row in rows], t(f"plan.figures_{name}", lang))


def draw_row(row: Row, lang: str) -> list[Any]:
    """An indicator's cells: name, both means, the difference, its interval drawn and told."""
    return [
        draw_name(row, lang),
        show(row.baseline, row.indicator, lang),
        show(row.scenario, row.indicator, lang),
        html.Span(show_difference(row, lang), className=COLOURS.get(row.verdict, "quiet")),
        draw_interval(row),
        tell_interval(row, lang),
    ]


def draw_name(row: Row, lang: str) -> html.Details:
    """An indicator's name; its formula on hover, and below it where opened."""
    formula = pick(lang, row.indicator.formula, row.indicator.formula_en)
    name = html.Summary(pick(lang, row.indicator.name, row.indicator.name_en), title=formula)
    return html.Details([name, html.P(formula, className="caption")], className="formula")


def draw_interval(row: Row) -> html.Div:
    """Dot and line on an axis of the row's own, zero in the middle; right is a larger figure."""
    reach = max((abs(v) for v in (row.low, row.high, row.difference) if not np.isnan(v)), default=0) or 1.0

    def at(value: float) -> float:
        return 50 + 46 * value / reach

    parts: list[Any] = [html.Span(className="zero")]
    if not np.isnan(row.low):
        left, width = at(row.low), max(at(row.high) - at(row.low), 0.5)
        place = {"left": f"{left:.1f}%", "width": f"{width:.1f}%"}
        parts.append(html.Span(className=f"line {row.verdict}", style=place))
    if not np.isnan(row.difference) and not np.isnan(row.low):
        parts.append(html.Span(className=f"dot {row.verdict}", style={"left": f"{at(row.difference):.1f}%"}))
    return html.Div(parts, className="interval", **{"aria-hidden": "true"})


def draw_rows(rows: list[Row], label: str, lang: str) -> html.Table:
    """Figures of any pair of sides, as those of a run."""
    head = [(t(f"plan.col_{key}", lang), kind) for key, kind in COLUMNS]
    return table(head, [draw_row(row, lang) for row in rows], label)
