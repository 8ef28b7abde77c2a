"""Callbacks that check a draft as one types: faults at once, the rows that it changes in the background."""

import json
from typing import Any

from dash import ALL, Input, Output, State, html, no_update

from dashboard.actors import Words
from dashboard.guard import Guard
from dashboard.i18n import current_language, t
from dashboard.plan import board, forms, shelf
from dashboard.plan.changes import draw_changes
from dashboard.plan.fields import FIELD_VALUES, Choices
from dashboard.plan.layout import draw_check
from dashboard.plan.played import play
from dashboard.plan.sayings import tell_measure
from dashboard.services import Services
from hub.roles import PLANNERS as ROLES

CARD_FAULTS = {"type": "plan-fault", "n": ALL}
SAYINGS = {"type": "plan-said", "n": ALL}


def register(guard: Guard, services: Services, choices: Choices) -> None:
    """Callbacks: what is wrong, each fault at its control, what changes against the district."""
    _register_check(guard, services)
    _register_changes(guard, services)

    @guard.callback(
        ROLES,
        Output(FIELD_VALUES, "error"),
        Output(CARD_FAULTS, "children"),
        Output(SAYINGS, "children"),
        Input("plan-faults", "data"),
        State(FIELD_VALUES, "id"),
        State(FIELD_VALUES, "value"),
        State(CARD_FAULTS, "id"),
    )
    def tell(faults: Any, ids: Any, values: Any, cards: Any) -> Any:
        """At its card what is wrong and what is set; the check answers apart, though a card has gone."""
        lang, draft = current_language(), forms.collect_draft(ids, values)
        said = dict(enumerate(tell_measure(row, choices.of, lang) for row in draft))
        placed = forms.place_faults(forms.recall_faults(faults), ids, cards)
        return *placed, [said.get(card["n"], no_update) for card in cards]


def _register_check(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("plan-check", "children"),
        Output("plan-run", "disabled"),
        Output("plan-faults", "data"),
        Output("plan-dirty", "children"),
        Output("plan-digest", "data"),
        Output("plan-checking", "children"),
        Output("plan-count", "children"),
        Input(FIELD_VALUES, "value"),
        Input("plan-name", "value"),
        Input("plan-start", "value"),
        Input("plan-days", "value"),
        Input("plan-open", "data"),
        State(FIELD_VALUES, "id"),
        State("plan-digest", "data"),
    )
    def check(values: Any, title: Any, start: Any, days: Any, opened: Any, ids: Any, before: Any) -> Any:
        lang, draft = current_language(), forms.collect_draft(ids, values)
        reading = forms.read_draft(title, draft, services.district, lang)
        told = [fault._asdict() for fault in reading[1]]
        drawn = draw_check(reading, (start, days), services.district, lang)
        digest = forms.name_draft(draft)
        fresh = (no_update,) * 2 if digest == before else (digest, t("changes.checking", lang))
        return *drawn, told, shelf.tell_dirty(reading[0], opened, lang), *fresh, tell_on(draft, lang)


def tell_on(draft: forms.Draft, lang: str) -> str:
    """How many measures are on, how many off."""
    on, off = forms.count_on(draft)
    return t("plan.count_off" if off else "plan.count_on", lang, on=on, off=off) if draft else ""


def _register_changes(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("plan-changes", "children"),
        Output("plan-checking", "children", allow_duplicate=True),
        Output("plan-board", "data-board"),
        Input("plan-digest", "data"),
        State(FIELD_VALUES, "value"),
        State(FIELD_VALUES, "id"),
        prevent_initial_call=True,
    )
    def compare(_: Any, values: Any, ids: Any) -> Any:
        """The changed rows of a draft without faults; what takes longer than the check."""
        lang, draft = current_language(), forms.collect_draft(ids, values)
        words = Words(services.district, lang)
        drawn = json.dumps(board.describe_board(draft, services.district, words), ensure_ascii=False)
        scenario, _ = forms.read_draft("", draft, services.district, lang)
        if scenario is None:
            return html.P(t("changes.faults", lang), className="caption"), "", drawn
        return draw_changes(play(scenario.measures, services.district), words), "", drawn
