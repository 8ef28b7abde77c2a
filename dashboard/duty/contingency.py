"""The contingency card: what is in force, what a set would change before it is, what was."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard.actors import Words
from dashboard.i18n import pick, t
from hub.contingency.desk import Contingency, Preview
from simulation.scenario import MEASURES

SHOWN = 5


def draw_active(active: Sequence[Contingency], leads: bool, words: Words) -> list[Any]:
    """The sets in force, each with its end, its reason and, for a leader, the way to end it."""
    lang = words.lang
    if not active:
        return [html.P(f"○ {t('duty.calm', lang)}", className="quiet")]
    return [_draw_one(one, leads, words) for one in active]


def _draw_one(one: Contingency, leads: bool, words: Words) -> html.Div:
    lang = words.lang
    title = pick(lang, one.set.title, one.set.title_en)
    end = html.Button(
        t("duty.do_end", lang), id={"type": "duty-act", "action": "end", "key": one.contingency_id},
        className="button small", type="button",
    )  # fmt: skip
    return html.Div(
        [
            html.Div([html.Span(f"◆ {t('duty.in_force', lang)}", className="badge r"), html.B(title),
                      html.Span(t("duty.until", lang, until=words.moment(one.until)))], className="line"),
            html.Div(t("duty.because", lang, reason=one.reason, who=words.who(one.role, ""),
                       at=words.moment(one.since)), className="caption"),
            end if leads else None,
        ],
        className="in-force",
    )  # fmt: skip


def draw_preview(preview: Preview, words: Words) -> list[Any]:
    """What would change, in five lines: posts, units told, matters, ladder, measures for the planner."""
    lang, one = words.lang, preview.set
    posts = "、".join(f"{words.post(role)} {count}" for role, count in preview.posts)
    total = sum(count for _, count in preview.posts)
    matters = "；".join(
        t("duty.matter_line", lang, matter=words.matters.get(row.matter, row.matter),
          priority=row.priority, share=round(100 * row.limit_share))
        for row in preview.matters
    )  # fmt: skip
    ladder = "、".join(
        f"{t(f'orders.step_{step}', lang)} {before} → {after}" for step, before, after in preview.ladder
    )
    kinds = list(dict.fromkeys(preview.measures))
    measures = "、".join(pick(lang, MEASURES[kind].title_zh, MEASURES[kind].title_en) for kind in kinds)
    lines = [
        ("posts", t("duty.would_call", lang, total=total, units=preview.post_units, posts=posts)),
        ("told", t("duty.would_tell", lang, units=preview.units)),
        ("matters", matters),
        ("ladder", t("duty.ladder_line", lang, steps=ladder) if ladder else t("duty.unchanged", lang)),
        ("measures", measures),
    ]
    rows = [html.Div([html.Dt(t(f"duty.row_{name}", lang)), html.Dd(text)]) for name, text in lines]
    return [
        html.P(pick(lang, one.note, one.note_en), className="note"),
        html.H3(t("duty.would", lang)),
        html.Dl(rows, className="would"),
        html.P(
            [
                dcc.Link(t("duty.scenario", lang), href=f"/api/contingencies/{one.name}.toml", refresh=True,
                         target="_blank"),
                html.Span(t("duty.scenario_note", lang), className="caption"),
            ],
            className="line",
        ),
    ]  # fmt: skip


def draw_history(all_of_them: Sequence[Contingency], words: Words) -> Any:
    """The last sets that were in force, newest first."""
    lang = words.lang
    lines = [
        html.Li(
            [
                html.B(pick(lang, one.set.title, one.set.title_en)),
                f" {words.moment(one.since)} – {words.moment(one.ended_at or one.until)} ",
                html.Span(one.ended_reason or one.reason, className="quiet"),
            ]
        )
        for one in all_of_them[:SHOWN]
    ]
    return html.Ul(lines, className="handed") if lines else None
