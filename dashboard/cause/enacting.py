"""What was enacted, and whether it came true."""

from datetime import date
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.cause.chart import draw_interval
from dashboard.cause.words import name_subject, span
from dashboard.formats import signed
from dashboard.i18n import pick, t
from dashboard.plan.fields import list_date_words
from dashboard.services import Services
from hub.enacted import INDICATOR, Enacted, Forecast
from simulation.diagnosis.proof import Proof
from simulation.diagnosis.result import Diagnosis
from simulation.scenario import Scenario


def list_choices(found: Diagnosis | None) -> list[dict[str, str]]:
    """The levers that were tried, whose gain is a forecast."""
    if found is None:
        return []
    tried = found.levers[found.levers["points"].notna()]
    return [
        {"value": name, "label": Scenario.from_toml(found.scenarios[name]).title}
        for name in tried["scenario"]
    ]


def read_forecast(found: Diagnosis, name: str) -> Forecast:
    """The gain in points of on-time closure that a lever's scenario was forecast; KeyError for another."""
    row = found.levers[found.levers["points"].notna()].set_index("scenario").loc[name]
    figures = (float(row["points"]), float(row["points_low"]), float(row["points_high"]))
    return Forecast(INDICATOR, *figures, found.provenance["days"], found.provenance["run_id"])


def draw_form(services: Services, lang: str) -> html.Div:
    """Which lever, from when, where."""
    areas = services.district.areas
    towns = areas[areas["tier"] == "township"]
    data = [{"value": row.code, "label": pick(lang, row.name_, row.name_en)} for row in
            towns.rename(columns={"name": "name_"}).itertuples()]  # fmt: skip
    return html.Div(
        [
            dmc.Select(id="cause-what", label=t("cause.enact_what", lang), data=[], size="sm"),
            dmc.DateInput(
                id="cause-day", label=t("cause.enact_day", lang), size="sm", **list_date_words(lang)
            ),
            dmc.MultiSelect(
                id="cause-towns", label=t("cause.enact_where", lang), data=data, size="sm", searchable=True
            ),
            html.Button(t("cause.enact", lang), id="cause-enact", className="button", type="button"),
        ],
        className="enact-form",
    )


def draw_enacted(services: Services, known: list[Enacted], lang: str) -> list[Any]:
    """One line each: what, since when, where, the forecast, and a button that holds it against the log."""
    if not known:
        return [html.P(t("cause.enacted_none", lang), className="empty")]
    return [_draw_one(services, one, lang) for one in known]


def _draw_one(services: Services, one: Enacted, lang: str) -> html.Div:
    places = t("cause.comma", lang).join(name_subject(services.district, c, lang) for c in one.townships)
    said = one.forecast
    words = t(
        "cause.forecast",
        lang,
        points=signed(said.mean, 1),
        span=span(said.low, said.high, 1),
        hash=one.scenario_hash[:8],
    )
    key = {"type": "cause-check", "key": one.enacted_id}
    head = html.Div(
        [
            html.B(one.title),
            html.Span(t("cause.since", lang, day=one.day.isoformat(), places=places), className="caption"),
            html.Button(t("cause.check", lang), id=key, className="button small", type="button"),
        ],
        className="line",
    )
    return html.Div([head, html.Span(words, className="caption")], className="enacted")


def draw_proof(proof: Proof, one: Enacted, lang: str) -> list[Any]:
    """The verdict in words, and the difference of differences beside its interval."""
    reached = int((proof.changes["reached"] == 1).sum())
    others = int(((proof.changes["reached"] == 0) & proof.changes["change"].notna()).sum())
    words = t(f"cause.verdict_{proof.verdict}", lang, weeks=proof.weeks, reached=reached, others=others)
    if proof.effect != proof.effect:
        return [html.P([html.B(one.title), " ", words])]
    tone = "quiet" if proof.verdict == "nothing" else "pos" if proof.effect > 0 else "neg"
    figures = t(
        "cause.effect_told", lang, points=signed(proof.effect, 1), span=span(proof.low, proof.high, 1)
    )
    held = "held" if proof.low <= one.forecast.mean <= proof.high else "missed"
    return [
        html.P([html.B(one.title), " ", html.B(figures, className=tone), " ", words]),
        draw_interval(proof.effect, proof.low, proof.high, tone),
        html.P(t(f"cause.forecast_{held}", lang), className="caption"),
    ]


def read_day(text: Any) -> date | None:
    """A date of the form; None for anything else."""
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
