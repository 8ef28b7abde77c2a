"""Around the waterfall: posts or powers, where late cases stood, tables to take away."""

from typing import Any

from dash import html

from dashboard.cause.chart import draw_interval
from dashboard.cause.words import name_cause, name_subject, span
from dashboard.formats import card, share, signed, table
from dashboard.i18n import t
from dashboard.services import Services
from simulation.diagnosis.output import TABLES
from simulation.diagnosis.result import Diagnosis

SHADES = ("#CDD5DE", "#A2AFBE", "#3C4C61", "#6F8095", "#CDD5DE", "#8FA3BC")


def draw_more(found: Diagnosis, job_id: str, lang: str) -> list[Any]:
    """Cards below the waterfall."""
    return [draw_factorial(found, lang), draw_downloads(job_id, lang)]


def draw_factorial(found: Diagnosis, lang: str) -> html.Section:
    """Main effects and interactions, each with its interval."""
    rows = [
        [
            name_cause(row.effect, lang),
            html.B(signed(row.minutes), className="" if row.tells else "quiet"),
            span(row.minutes_low, row.minutes_high),
            draw_interval(
                row.minutes,
                row.minutes_low,
                row.minutes_high,
                ("pos" if row.minutes > 0 else "neg") if row.tells else "quiet",
            ),
        ]
        for row in found.effects.itertuples()
    ]
    head = [
        (t("cause.effect", lang), ""),
        (t("cause.fewer", lang), "n"),
        (t("cause.interval", lang), "n"),
        ("", ""),
    ]
    body: Any = (
        table(head, rows, t("cause.factorial", lang)) if rows else html.P(t("cause.no_factorial", lang))
    )
    foot = html.P(t("cause.factorial_note", lang), className="caption")
    return card(t("cause.factorial", lang), [body, foot], class_name="factorial")


def draw_stages(services: Services, found: Diagnosis, lang: str) -> html.Section:
    """Where late cases of the subject spent their time, as one bar."""
    known = found.stages[found.stages["share"] > 0]
    parts = [
        html.Span(style={"width": f"{100 * row.share:.2f}%", "background": SHADES[number % len(SHADES)]})
        for number, row in enumerate(known.itertuples())
    ]
    words = [
        html.Span(
            [
                html.I(style={"background": SHADES[number % len(SHADES)]}),
                t(f"cause.stage_{row.stage}", lang),
                html.B(f" {share(row.share, 0)} %"),
            ]
        )
        for number, row in enumerate(known.itertuples())
    ]
    body = [html.Div(parts, className="stage-bar"), html.Div(words, className="stage-words")]
    place = name_subject(services.district, found.provenance["subject"], lang)
    return card(t("cause.stages", lang), body, t("cause.stages_caption", lang, place=place))


def draw_downloads(job_id: str, lang: str) -> html.Section:
    """Every table as CSV."""
    links = [
        html.A(
            t(f"cause.table_{name}", lang), href=f"/api/causes/{job_id}/{name}.csv", className="button small"
        )
        for name in TABLES
    ]
    return card(t("cause.downloads", lang), html.Div(links, className="buttons"))
