"""The waterfall of causes with their levers, gains and buttons: one row a cause."""

import math
from typing import Any

from dash import html

from dashboard.cause.words import describe_lever, figure, name_cause, span
from dashboard.formats import count, share, signed
from dashboard.i18n import t
from dashboard.services import Services
from simulation.diagnosis.policy import CAUSES
from simulation.diagnosis.result import TOTAL, Diagnosis

DARK = 1  # bars that the title counts
FREE = 62.0  # a whisker that ends before leaves room for its figures at its right
LEFT, RIGHT = 34.0, 62.0  # where zero lies in a row of gains, and the room beyond it


def draw_empty(words: str, lang: str) -> html.Div:
    """While there is nothing to share out: why, and over which causes it will be."""
    names = t("cause.comma", lang).join(name_cause(cause, lang) for cause in CAUSES)
    what = html.P(t("cause.empty_causes", lang, names=names), className="caption")
    return html.Div([html.P(t(words, lang)), what], className="empty")


def draw_rows(services: Services, found: Diagnosis, lang: str) -> list[Any]:
    """Head, a row a cause that is touched, those that are not in one line, the remainder, the total."""
    causes, levers = found.causes, found.levers.set_index("cause")
    total = float(causes.iloc[-1]["minutes"])
    rows, begin = [draw_title(found, total, lang), draw_head(total, lang)], 0.0
    shown = causes[(causes["touched"] == 1) & (causes["cause"] != TOTAL)]
    for number, row in enumerate(shown.itertuples()):
        bar = draw_bar(row, begin, total, number < DARK and row.cause in CAUSES)
        begin += row.minutes
        lever = (
            draw_lever(services, found, levers.loc[row.cause], lang) if row.cause in levers.index else _none()
        )
        rows.append(html.Div([_name(row, lang), bar, *lever], className="cause-row"))
    absent = causes.loc[causes["touched"] == 0, "cause"].tolist()
    if absent:
        names = t("cause.comma", lang).join(name_cause(cause, lang) for cause in absent)
        rows.append(html.P(t("cause.absent", lang, names=names), className="caption cause-absent"))
    return [*rows, _draw_total(services, found, total, lang)]


def draw_title(found: Diagnosis, total: float, lang: str) -> html.Div:
    """What the waterfall shares out, and the window's cases that it is shared out of."""
    closed, facts = figure(found.summary, "on_time_closure"), found.provenance
    numbers = {name: count(figure(found.summary, name)["mean"]) for name in ("due", "late")}
    doubt = span(closed["low"], closed["high"], 1)
    numbers |= {
        "start": facts["start"],
        "days": facts["days"],
        "rate": f"{closed['mean']:.1f}",
        "span": doubt,
    }
    words = [
        html.H2(t("cause.shared", lang)),
        html.Span(t("cause.shared_caption", lang, minutes=count(total)), className="caption"),
        html.Span(t("cause.shared_window", lang, **numbers), className="right"),
    ]
    return html.Div(words, className="card-head")


def draw_head(total: float, lang: str) -> html.Div:
    """Names of the columns, and the axis in minutes."""
    step = find_tick(total)
    ticks = [
        html.Span(count(step * number), style={"left": f"{100 * step * number / total:.1f}%"})
        for number in range(1, int(total / step) + 1)
    ]
    names = [t(f"cause.col_{name}", lang) for name in ("lever", "gain")]
    cells = [html.Span(t("cause.col_cause", lang)), html.Div(ticks, className="axis")]
    return html.Div([*cells, *(html.Span(n) for n in names), html.Span()], className="cause-row cause-head")


def find_tick(total: float) -> float:
    """The step of the axis: 1, 2 or 5 of a power of ten, at most five of them."""
    if not total > 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(total / 5))
    return next(unit * size for size in (1, 2, 5, 10) if unit * size * 5 >= total)


def _rule(total: float) -> dict[str, str]:
    return {"--tick": f"{100 * find_tick(total) / total:.3f}%"} if total > 0 else {}


def draw_bar(row: Any, begin: float, total: float, dark: bool) -> html.Div:
    """A bar of the waterfall with its whisker; figures on the free side."""
    start, end = _place(begin, total), _place(begin + row.minutes, total)
    left, width = min(start, end), max(abs(end - start), 0.3)
    low, high = _place(begin + row.minutes_low, total), _place(begin + row.minutes_high, total)
    holds = row.minutes_low <= 0 <= row.minutes_high
    far = max(high, end)
    near = min(low, left)
    side = {"left": f"{far + 1:.2f}%"} if far < FREE else {"right": f"{100 - near + 1:.2f}%"}
    side = {"left": "1%", "top": "calc(50% - 1.5rem)"} if far >= FREE and near < 100 - FREE else side
    figures = [html.B(count(row.minutes), className="quiet" if holds else ""), " "]
    figures.append(html.Span(span(row.minutes_low, row.minutes_high), className="caption"))
    shade = "dark" if dark else "rest" if row.cause == "remainder" else "mid"
    parts = [
        html.I(className=f"fall {shade}", style={"left": f"{left:.2f}%", "width": f"{width:.2f}%"}),
        html.I(className="whisker", style={"left": f"{low:.2f}%", "width": f"{max(high - low, 0.2):.2f}%"}),
        html.Span(figures, className="figures", style=side),
        html.I(className="link down", style={"left": f"{end:.2f}%"}),
    ]
    if begin:
        parts.append(html.I(className="link up", style={"left": f"{start:.2f}%"}))
    return html.Div(parts, className="axis-box", style=_rule(total))


def draw_lever(services: Services, found: Diagnosis, lever: Any, lang: str) -> list[Any]:
    """What acts on the cause, what it gains with its doubt, and the button that tries it."""
    name, known = str(lever["scenario"]), not math.isnan(lever["minutes"])
    words = [html.Div(describe_lever(services, found, name, lang), title=name)]
    if known:
        points = f"{signed(lever['points'], 1)}（{span(lever['points_low'], lever['points_high'], 1)}）"
        words.append(html.Span(t("cause.on_time", lang, points=points), className="caption"))
    tries = html.Span() if is_harmful(lever) else draw_button(name, lang)
    return [html.Div(words, className="lever"), draw_gain(lever, lang), tries]


def is_harmful(lever: Any) -> bool:
    """Whether a lever was seen to make its cases later: nobody is invited to try it."""
    return bool(lever["tells"]) and not lever["minutes"] > 0


def draw_gain(lever: Any, lang: str) -> html.Div:
    """Fewer late minutes: figure, interval, and a dot and line on a scale of the row's own."""
    if math.isnan(lever["minutes"]):
        word = "cause.not_tried" if lever["scenario"] else "cause.none"
        return html.Div(html.Span(t(word, lang), className="caption"), className="gain")
    tells, better = bool(lever["tells"]), lever["minutes"] > 0
    tone = ("pos" if better else "neg") if tells else "quiet"
    head = [html.B(count(lever["minutes"]), className=tone)]
    head.append(html.Span(span(lever["minutes_low"], lever["minutes_high"]), className="caption"))
    word = "" if tells and better else "cause.harmful" if tells else "cause.cannot_tell"
    doubt = [html.Span(t(word, lang), className="red" if tells else "caption")] if word else []
    line = draw_interval(lever["minutes"], lever["minutes_low"], lever["minutes_high"], tone)
    return html.Div([html.Div(head, className="line"), line, *doubt], className="gain")


def draw_interval(mean: float, low: float, high: float, tone: str) -> html.Div:
    """A dot and its line about zero; hollow and dashed where zero lies within."""
    scale = min(LEFT / max(-low, 1e-9), RIGHT / max(high, 1e-9))
    left, dot, right = (LEFT + scale * value for value in (low, mean, high))
    parts = [
        html.I(className="zero", style={"left": f"{LEFT}%"}),
        html.I(className=f"line {tone}", style={"left": f"{left:.1f}%", "width": f"{right - left:.1f}%"}),
        html.I(className=f"dot {tone}", style={"left": f"{dot:.1f}%"}),
    ]
    return html.Div(parts, className="doubt-line")


def draw_button(name: str, lang: str, words: str = "try") -> Any:
    """Writes the scenario and opens it; nothing where there is none."""
    if not name:
        return html.Span()
    key = {"type": "cause-try", "name": name}
    look = "button small" if words == "try" else "button small filled"
    return html.Button(t(f"cause.{words}", lang), id=key, className=look, type="button")


def _draw_total(services: Services, found: Diagnosis, total: float, lang: str) -> html.Div:
    row = found.causes.iloc[-1]
    late, each = (figure(found.summary, name)["mean"] for name in ("late", "minutes_a_late_case"))
    bar = html.Div(
        [
            html.I(className="fall rest", style={"left": "0%", "width": "100%"}),
            html.I(className="link up", style={"left": "100%"}),
            html.Span(
                t("cause.total_bar", lang, minutes=count(total), each=count(each)),
                className="figures inside",
            ),
        ],
        className="axis-box",
        style=_rule(total),
    )
    doubt = t("cause.total_span", lang, span=span(row["minutes_low"], row["minutes_high"]))
    late_words = html.Span(t("cause.late_cases", lang, n=count(late)))
    name = html.Div([html.B(name_cause(TOTAL, lang)), late_words, html.Span(doubt, className="caption")])
    both = found.levers[~found.levers["cause"].isin(CAUSES)]
    lever = draw_joint(found, both.iloc[0], lang) if len(both) else _none()
    return html.Div([name, bar, *lever], className="cause-row cause-total")


def draw_joint(found: Diagnosis, lever: Any, lang: str) -> list[Any]:
    """The first two levers together, beside the sum of each alone."""
    parts = str(lever["cause"]).split("+")
    alone = found.levers[found.levers["cause"].isin(parts)]
    single = alone.set_index("cause")["minutes"].reindex(parts)
    harmful = is_harmful(lever) or any(is_harmful(row) for _, row in alone.iterrows())
    words = [html.Div(t("cause.together", lang, names=name_cause(str(lever["cause"]), lang)))]
    if single.notna().all():
        over = {"sum": count(single.sum()), "less": count(single.sum() - lever["minutes"])}
        words.append(html.Span(t("cause.overlap", lang, **over), className="caption"))
    return [
        html.Div(words, className="lever"),
        draw_gain(lever, lang),
        html.Span() if harmful else draw_button(lever["scenario"], lang, "together_try"),
    ]


def _name(row: Any, lang: str) -> html.Div:
    doubt = span(100 * row.share_low, 100 * row.share_high, 1)
    return html.Div(
        [
            html.B(name_cause(row.cause, lang)),
            html.Span(f"{share(round(row.share, 3) + 0.0)} %", title=f"{doubt} %"),
            html.Span(f"{doubt} %", className="caption"),
        ],
        className="cause-name",
    )


def _place(minutes: float, total: float) -> float:
    return 0.0 if not total or math.isnan(minutes) else min(max(100 * minutes / total, 0.0), 100.0)


def _none() -> list[Any]:
    return [html.Span(), html.Span(), html.Span()]
