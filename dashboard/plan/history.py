"""The versions of a scenario by content hash, and what changed between two of them, field by field."""

import json
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, ctx, html
from dash.exceptions import PreventUpdate

from dashboard.actors import Words
from dashboard.guard import Guard
from dashboard.i18n import current_language, pick, t
from dashboard.plan import fields
from dashboard.plan.exchange import name_measure
from dashboard.plan.sayings import name_value
from dashboard.plan.shelf import SHORT
from dashboard.planners import current_planner, name_actor
from dashboard.services import Services
from hub.roles import PLANNERS as ROLES
from simulation.scenario import MEASURES, Scenario
from store.scenarios import VersionRow

Row = dict[str, Any]


def draw_history_dialog(lang: str) -> dmc.Modal:
    """The dialog that lists versions."""
    return dmc.Modal(
        html.Div(id="plan-history-body", className="light dialog"), id="plan-history-dialog",
        size="xl", opened=False, title=t("shelf.history", lang),
        closeButtonProps={"aria-label": t("shelf.close", lang)},
    )  # fmt: skip


def register(guard: Guard, services: Services, choices: fields.Choices) -> None:
    """Callbacks: open the dialog; it shuts when a version is shown or restored."""

    @guard.callback(
        ROLES,
        Output("plan-history-dialog", "opened"),
        Output("plan-history-body", "children"),
        Input({"type": "plan-history-open", "id": ALL}, "n_clicks"),
        Input("plan-load", "data"),
        State({"type": "plan-history-open", "id": ALL}, "id"),
        State("plan-open", "data"),
        prevent_initial_call=True,
    )
    def show(clicks: Any, _: Any, ids: Any, opened: Any) -> Any:
        if ctx.triggered_id == "plan-load":
            return False, ""
        if not isinstance(clicks, list) or not any(clicks) or not isinstance(ids, list) or not ids:
            raise PreventUpdate
        words, name = Words(services.district, current_language()), str(ids[0].get("id"))
        try:
            rows = services.library.history(current_planner(services), name)
            mine = services.library.open(current_planner(services), name)[0].owner
        except KeyError:
            return True, html.P(t("shelf.gone", words.lang), className="red")
        is_mine = mine == current_planner(services).owner
        return True, draw_versions(rows, choices, words, is_mine)


def draw_versions(
    rows: Sequence[VersionRow], choices: fields.Choices, words: Words, is_mine: bool
) -> html.Ol:
    """Each version with what it changed against the one before, the newest first."""
    read = [Scenario.from_toml(row.toml) for row in rows]
    items = [
        _draw_version(row, list_edits(before, now, choices, words.lang), number > 0, is_mine, words)
        for number, (row, now, before) in enumerate(zip_longest(rows, read, read[1:]))
    ]
    return html.Ol(items, className="versions")


def _draw_version(row: VersionRow, edits: list[str], is_old: bool, is_mine: bool, words: Words) -> html.Li:
    lang = words.lang
    facts = [t("shelf.version", lang, version=row.version), row.hash[:SHORT], name_actor(row.saved_by, lang)]
    head = [html.B(facts[0]), html.Code(facts[1]), html.Span(f"{facts[2]} · {words.moment(row.saved_at)}")]
    acts = ["show", "restore"] if is_mine else ["show"]
    ways = [
        html.Button(t(f"shelf.do_{act}", lang), id={"type": "plan-version", "n": row.version, "act": act},
                    className="button small", type="button")
        for act in acts
    ] if is_old else [html.Span(t("shelf.newest", lang), className="badge b")]  # fmt: skip
    lines = [html.Li(line) for line in edits] or [html.Li(t("shelf.same_measures", lang))]
    return html.Li([html.Div([*head, html.Span(ways, className="right")], className="line"), html.Ul(lines)])


def list_edits(before: Scenario | None, after: Scenario, choices: fields.Choices, lang: str) -> list[str]:
    """What was added, taken out or set anew between two versions, a line each; of the first all measures."""
    old, new = (_list_measures(scenario) for scenario in (before, after))
    match = SequenceMatcher(None, [_write(row) for row in old], [_write(row) for row in new], autojunk=False)
    lines = _tell_titles(before, after, lang)
    for kind, i, k, j, m in match.get_opcodes():
        if kind != "equal":
            lines += _tell_block(old[i:k], new[j:m], (i, j), choices, lang)
    return lines


def _list_measures(scenario: Scenario | None) -> list[Row]:
    rows: list[Row] = scenario.to_plain()["measures"] if scenario else []
    return rows


def _write(row: Row) -> str:
    return json.dumps(row, sort_keys=True, ensure_ascii=False)


def _tell_titles(before: Scenario | None, after: Scenario, lang: str) -> list[str]:
    if before is None or before.title == after.title:
        return []
    return [t("shelf.edit_title", lang, before=before.title, after=after.title)]


def _tell_block(
    old: list[Row], new: list[Row], at: tuple[int, int], choices: fields.Choices, lang: str
) -> list[str]:
    """Measures of a kind are paired in their order; what is left over was taken out or added."""
    lines, rest = [], list(enumerate(old, at[0] + 1))
    for number, row in enumerate(new, at[1] + 1):
        pair = next((found for found in rest if found[1]["measure"] == row["measure"]), None)
        if pair is None:
            lines.append(t("shelf.edit_added", lang, measure=name_measure(number, row["measure"], lang)))
            continue
        rest.remove(pair)
        lines += _tell_fields(number, pair[1], row, choices, lang)
    gone = [t("shelf.edit_removed", lang, measure=name_measure(n, row["measure"], lang)) for n, row in rest]
    return lines + gone


def _tell_fields(number: int, old: Row, new: Row, choices: fields.Choices, lang: str) -> list[str]:
    entries = MEASURES[new["measure"]].model_json_schema()["properties"]
    head = name_measure(number, new["measure"], lang)
    old, new = ({"enabled": True} | row for row in (old, new))
    changed = [name for name in entries if old.get(name) != new.get(name)]
    return [
        f"{head} · {pick(lang, entries[name]['title'], entries[name].get('title_en', ''))}："
        f"{name_value(old.get(name), entries[name], choices.of, lang)} → "
        f"{name_value(new.get(name), entries[name], choices.of, lang)}"
        for name in changed
    ]
