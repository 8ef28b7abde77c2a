"""The running list of what a scenario changes against the district: by table, posts by unit."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from dash import html

from dashboard.actors import Words
from dashboard.formats import signed
from dashboard.i18n import catalogue, t
from dashboard.plan.played import Played
from dashboard.plan.tally import TIERS, count_tiers, count_units, measure_gap
from simulation.changes import RowChange
from twin.district import District

SHOWN, UNITS = 8, 24


def draw_changes(played: Played, words: Words) -> list[Any]:
    """Totals by tier, a warning where they do not add up, posts by unit, then the other tables."""
    if played.faults:
        return [html.P(t("changes.faults", words.lang), className="caption")]
    rows = played.changes
    if not rows:
        return [html.P(t("changes.none", words.lang), className="caption")]
    tables = sorted(rows, key=lambda row: row.table != "posts")
    groups = [_draw_table(name, list(part), played, words) for name, part in groupby(tables, _name_table)]
    return [_draw_tiers(played, words.lang), *_warn(played, words.lang), *groups]


def _name_table(row: RowChange) -> str:
    return row.table


def _draw_tiers(played: Played, lang: str) -> html.Dl:
    """`区 522 → 519`, a tier each, and all of them."""
    pairs = count_tiers(played)
    whole = tuple(sum(pair[n] for pair in pairs.values()) for n in (0, 1))
    totals = [
        *((t(f"plan.tier_{tier}", lang), pairs[tier]) for tier in TIERS),
        (t("changes.total", lang), whole),
    ]
    return html.Dl(
        [_draw_pair(name, pair[0], pair[1]) for name, pair in totals], className="tiers", id="plan-tiers"
    )


def _draw_pair(name: str, before: int, after: int) -> html.Div:
    gap = html.B(signed(after - before)) if after != before else html.Span("±0", className="quiet")
    return html.Div([html.Dt(name), html.Dd([f"{before:,} → {after:,} ", gap])])


def _warn(played: Played, lang: str) -> list[html.P]:
    gap = measure_gap(played)
    if gap == 0:
        return []
    pairs = count_tiers(played)
    gone = pairs["district"][0] - pairs["district"][1]
    came = sum(pairs[tier][1] - pairs[tier][0] for tier in ("township", "village"))
    words = t("changes.gap", lang, gone=signed(-gone), came=signed(came), gap=signed(gap))
    badge = html.Span(f"▲ {t('plan.mind', lang)}", className="badge a")
    return [html.P([badge, html.Span(words)], className="line gap")]


def _draw_table(name: str, rows: list[RowChange], played: Played, words: Words) -> html.Details:
    days = sorted({row.day for row in rows if row.day})
    facts = [t("changes.rows", words.lang, count=len(rows))]
    facts += [t("changes.days", words.lang, first=days[0].isoformat(), count=len(days))] if days else []
    head = [html.B(t(f"changes.table_{name}", words.lang)), html.Span(" · ".join(facts), className="caption")]
    body = _draw_posts(played, words) if name == "posts" else []
    listed = [html.Li(tell_row(row, played.district, words)) for row in rows[:SHOWN]] if not body else []
    rest = len(rows) - SHOWN
    more = (
        [html.Li(t("changes.more", words.lang, count=rest), className="quiet")] if listed and rest > 0 else []
    )
    return html.Details([html.Summary(head), *body, html.Ul(listed + more)], open=bool(body))


def _draw_posts(played: Played, words: Words) -> list[Any]:
    """`区司法局 −3`, a unit each, the district's first, the largest changes first within a tier."""
    pairs, units = count_units(played), played.last.units
    tiers = dict(zip(units["code"], units["tier"], strict=True))

    def rank(unit: str) -> tuple[int, int, str]:
        return TIERS.index(tiers.get(unit, TIERS[-1])), -abs(pairs[unit][1] - pairs[unit][0]), unit

    largest = sorted(pairs, key=rank)
    items = [
        html.Li([words.unit(unit), html.B(signed(pairs[unit][1] - pairs[unit][0])),
                 html.Span(f"{pairs[unit][0]} → {pairs[unit][1]}", className="quiet")])
        for unit in largest[:UNITS]
    ]  # fmt: skip
    rest = len(largest) - UNITS
    more = [html.Li(t("changes.more_units", words.lang, count=rest), className="quiet")] if rest > 0 else []
    return [html.Ul(items + more, className="units")] if items else []


def tell_row(row: RowChange, district: District, words: Words) -> str:
    """One row in words: what it is, and each column before → after."""
    name = _name_row(row, district, words)
    verb = t(f"changes.{row.verb}", words.lang)
    parts = [
        f"{_name_column(column, words.lang)} {_show(old, words)} → {_show(new, words)}"
        if row.verb == "changed"
        else f"{_name_column(column, words.lang)} {_show(new, words)}"
        for column, (old, new) in row.values.items()
    ]
    return f"{name} {verb}" + (f"：{'；'.join(parts)}" if parts else "")


def _name_row(row: RowChange, district: District, words: Words) -> str:
    """The key, its codes by name."""
    items = _name_items(district, words.lang)
    known = words.units | words.areas | items
    return " · ".join(known.get(part, _name_word(part, words)) for part in row.key.split("|"))


def _name_items(district: District, lang: str) -> dict[str, str]:
    table = district.matters
    names = table["item_name"] if lang == "zh" else table["item_name_en"]
    return dict(zip(table["item"].astype(str), names.astype(str), strict=True))


def _name_word(part: str, words: Words) -> str:
    texts = catalogue(words.lang)
    return texts.get(f"roles.{part}") or texts.get(f"plan.tier_{part}") or part


def _name_column(column: str, lang: str) -> str:
    return catalogue(lang).get(f"changes.column_{column}", column)


def _show(value: Any, words: Words) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "、".join(_show(part, words) for part in value[:3]) + ("…" if len(value) > 3 else "")
    text = "" if value is None else str(value)
    known = words.units | words.areas
    return known.get(text, _name_word(text, words)) or "—"
