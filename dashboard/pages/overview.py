"""/: how the district stands now, in one sentence, five figures, a map and two tables."""

from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from dash import Dash, Input, Output, dcc, html

from dashboard import maps
from dashboard.formats import NONE, card, count, share, signed, table
from dashboard.guard import Guard
from dashboard.i18n import current_language, pick, t
from dashboard.services import Services
from dashboard.tokens import scale
from hub.policy import load_policy
from hub.roles import DESK
from hub.snapshot import Figure, LiveSnapshot
from twin.district import District

PATH, NAME, ROLES, FRAMED = "/", "overview.name", DESK, True
KPIS = ("overdue", "reported_today", "in_hand", "on_time_closure", "handled_in_time")
TIERS = ("district", "township", "village")
RISK = ("<10 %", "10–15", "15–20", "20–30", "30–40", "≥40")
SECONDS = 10


def layout(services: Services, lang: str) -> html.Main:
    """The page; its figures come with the first tick."""
    district = services.district
    codes = district.grids["code"].tolist()
    figure = maps.draw_places(
        "light",
        "grids",
        codes,
        np.full(len(codes), maps.UNKNOWN),
        risk_colours(),
        district.grids["name"].tolist(),
    )
    legend = html.Div(
        [html.Span(t("overview.risk", lang)), steps_legend(risk_colours(), RISK)], className="legend"
    )
    map_card = card(
        t("overview.map", lang),
        [maps.hold_map(figure, "overview-map", district, lang), legend],
        t("overview.map_caption", lang, least=load_policy().smallest_cell),
        class_name="map-card",
    )
    side = html.Div([html.Div(id="overview-tiers"), html.Div(id="overview-townships")], className="side")
    return html.Main(
        [
            html.Div(
                [html.H1(id="overview-title"), html.Span(id="overview-caption", className="caption")],
                className="page-head",
            ),
            html.Div(id="overview-kpis", className="kpis"),
            html.Div([map_card, side], className="overview"),
            dcc.Interval(id="overview-tick", interval=SECONDS * 1000),
        ],
        className="page",
    )


def register(app: Dash, guard: Guard, services: Services) -> None:
    """One callback that brings the newest figures."""

    @guard.callback(
        ROLES,
        Output("overview-title", "children"),
        Output("overview-caption", "children"),
        Output("overview-kpis", "children"),
        Output("overview-tiers", "children"),
        Output("overview-townships", "children"),
        Output("overview-map", "figure"),
        Input("overview-tick", "n_intervals"),
    )
    def refresh(_: Any) -> tuple[Any, ...]:
        lang, now, district = current_language(), services.live.snapshot(), services.district
        codes, names = district.grids["code"].tolist(), district.grids["name"].tolist()
        figure = maps.draw_places("light", "grids", codes, now.grid_levels, risk_colours(), names)
        return (
            find_title(now, lang),
            tell_moment(now, district, lang),
            [_kpi(name, now.kpis[name], lang) for name in KPIS],
            card(t("overview.tiers", lang), _tiers(district, now, lang), t("overview.tiers_caption", lang)),
            card(
                t("overview.townships", lang),
                _townships(district, now, lang),
                t("overview.townships_caption", lang),
            ),
            figure,
        )


def risk_colours() -> list[str]:
    """Six slate steps on the desk, pale is good: the five of the level scale and the darkest again."""
    steps = scale("light", "level")
    return [*steps, "#1F2C3E"]


def steps_legend(colours: list[str], words: tuple[str, ...]) -> html.Div:
    """Colour steps with their words below."""
    spans = [
        html.Span([html.I(style={"background": colour}), word])
        for colour, word in zip(colours, words, strict=True)
    ]
    return html.Div(spans, className="steps")


def find_title(now: LiveSnapshot, lang: str) -> str:
    """The page's finding: how many are late, and where attention is asked."""
    if now.preparing:
        return t("overview.preparing", lang)
    attention = sum(row.band == "attention" for row in now.townships)
    return t("overview.title", lang, overdue=count(now.kpis["overdue"].value), attention=attention)


def tell_moment(now: LiveSnapshot, district: District, lang: str) -> str:
    """When and from what the figures are."""
    local = now.as_of.astimezone(ZoneInfo(district.settings.time_zone))
    return t(f"overview.{now.origin}", lang, moment=f"{local:%Y-%m-%d %H:%M}", speed=f"{now.speed:g}")


def _kpi(name: str, figure: Figure, lang: str) -> html.Section:
    is_share = figure.unit == "share"
    value = share(figure.value) if is_share else count(figure.value)
    unit = "%" if is_share else t("overview.unit", lang)
    notes = []
    if figure.low is not None and figure.high is not None:
        notes.append(t("overview.interval", lang, low=share(figure.low), high=share(figure.high)))
    if figure.delta is not None:
        delta = signed(100 * figure.delta, 1) if is_share else signed(figure.delta)
        notes.append(t(f"overview.against_{figure.against}", lang, delta=delta))
    window = t(f"overview.window_{figure.window}", lang)
    body = [
        html.Div(t(f"overview.kpi_{name}", lang), className="label"),
        html.Div([value, html.Small(unit)], className="value"),
        html.Div(" · ".join([window, *notes]), className="caption"),
    ]
    return html.Section(
        body,
        className="card kpi first" if name == "overdue" else "card kpi",
        title=t(f"overview.formula_{name}", lang),
    )


def _tiers(district: District, now: LiveSnapshot, lang: str) -> html.Table:
    units = district.units.set_index("code")["tier"]
    tier_of = (
        district.posts.assign(tier=district.posts["unit"].map(units))
        .groupby("role")["tier"]
        .agg(lambda s: s.mode().iat[0])
    )
    rows = []
    for tier in TIERS:
        mine = [force for force in now.forces if tier_of.get(force.role) == tier]
        loads = [(force.load, force.established) for force in mine if force.load is not None]
        total = sum(weight for _, weight in loads)
        load = sum(value * weight for value, weight in loads) / total if total else None
        established = sum(force.established for force in mine)
        on_duty = sum(force.on_duty for force in mine)
        rows.append(
            [
                t(f"overview.tier_{tier}", lang),
                count(int((units == tier).sum())),
                count(established),
                count(on_duty),
                f"{load:.2f}" if load is not None else NONE,
            ]
        )
    head = [("tier", ""), ("units", "n"), ("posts", "n"), ("on_duty", "n"), ("load", "n")]
    return table(
        [(t(f"overview.col_{key}", lang), name) for key, name in head], rows, t("overview.tiers", lang)
    )


BANDS = {
    "attention": ("▲", "amber"),
    "usual": ("○", "quiet"),
    "good": ("●", "green"),
    "not_scored": ("–", "quiet"),
}


def _townships(district: District, now: LiveSnapshot, lang: str) -> html.Table:
    areas = district.areas.set_index("code")
    order = {band: n for n, band in enumerate(BANDS)}
    rows = []
    for row in sorted(now.townships, key=lambda r: (order[r.band], r.code)):
        mark, colour = BANDS[row.band]
        place = areas.loc[row.code]
        interval = NONE if row.low is None else f"{share(row.low)}–{share(row.high)}"
        rows.append(
            [
                pick(lang, place["name"], place["name_en"]),
                html.Span(f"{mark} {t(f'overview.band_{row.band}', lang)}", className=colour),
                share(row.on_time),
                interval,
                count(row.in_hand),
                html.Span(count(row.overdue), className="red" if row.overdue else "quiet"),
            ]
        )
    head = [
        ("place", ""),
        ("band", ""),
        ("on_time", "n"),
        ("interval", "n"),
        ("in_hand", "n"),
        ("overdue", "n"),
    ]
    return table(
        [(t(f"overview.col_{key}", lang), name) for key, name in head], rows, t("overview.townships", lang)
    )
