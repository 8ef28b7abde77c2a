"""/duty: who is on watch, what is handed over, contingencies, notices of one's part of the district."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache, partial
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate
from flask import Response

from dashboard.actors import Words, collect_fields, current_actor, find_pressed, tell_refusal
from dashboard.duty.contingency import draw_active, draw_history, draw_preview
from dashboard.duty.handover import draw_handover, draw_points
from dashboard.duty.notices import count_unread, draw_notices
from dashboard.duty.roster import draw_home, draw_units, find_title
from dashboard.formats import card
from dashboard.guard import Guard
from dashboard.i18n import current_language, pick, t
from dashboard.plan.fields import list_date_words
from dashboard.services import Services
from hub.books.acts import Actor, Refused
from hub.duty.desk import WATCHERS
from hub.roles import DESK, LEADERS, PLANNERS

PATH, NAME, ROLES, FRAMED = "/duty", "duty.name", DESK, True
FIELDS = {"type": "duty-field", "name": ALL}
SHOWN_NOTICES = 30


def layout(services: Services, lang: str) -> html.Main:
    """Roster at the left, hand-over in the middle, contingency and notices at the right."""
    actor = current_actor(services)
    roster = card(t("duty.roster", lang), [html.Div(id="duty-home"), html.Div(id="duty-units")],
                  class_name="roster")  # fmt: skip
    return html.Main(
        [
            dcc.Interval(id="duty-tick", interval=10_000),
            dcc.Store(id="duty-done", data=0),
            dcc.Store(id="duty-shown"),
            html.Div(
                [html.H1(t("duty.name", lang), id="duty-title"),
                 html.Div(id="duty-flags", className="counts"),
                 html.P(id="duty-told", className="told", role="alert")],
                className="page-head",
            ),
            html.Div(
                [roster, _draw_handover(actor, lang),
                 html.Div([_draw_contingency(services, actor, lang), _draw_notices(actor, lang)],
                          className="duty-side")],
                className="duty",
            ),
        ],
        className="page",
    )  # fmt: skip


def _draw_handover(actor: Actor, lang: str) -> html.Section:
    writes = actor.role in WATCHERS
    form: list[Any] = []
    if writes:
        form = [
            dmc.Textarea(id={"type": "duty-field", "name": "note"}, label=t("duty.field_note", lang),
                         size="sm", autosize=True, minRows=1, maxRows=4,
                         placeholder=t("orders.text_hint", lang)),
            html.Div(
                [
                    html.Button(t("duty.do_note", lang), className="button", type="button",
                                id={"type": "duty-act", "action": "note", "key": ""}),
                    dmc.Checkbox(id={"type": "duty-urgent", "name": "urgent"}, label=t("duty.urgent", lang)),
                ],
                className="buttons",
            ),
        ]  # fmt: skip
    body = [
        html.Div(id="duty-points"),
        html.Div(form, className="acts") if form else None,
        html.H3(t("duty.handover", lang)),
        html.Div(id="duty-handover"),
    ]
    return card(t("duty.points", lang), body, t("duty.points_caption", lang), class_name="handover")


def _draw_contingency(services: Services, actor: Actor, lang: str) -> html.Section:
    sets = services.contingency.sets.items()
    data = [{"value": name, "label": pick(lang, one.title, one.title_en)} for name, one in sets]
    choose = dmc.Select(
        id="duty-set", data=data,
        label=t("duty.field_set", lang), placeholder=t("duty.pick_set", lang), size="sm", clearable=True,
    )  # fmt: skip
    body: list[Any] = [html.Div(id="duty-active"), choose, html.Div(id="duty-preview")]
    if actor.role in LEADERS and actor.scope.is_whole:
        body.append(_draw_forcing(services, lang))
    body.append(html.Details([html.Summary(t("duty.past", lang)), html.Div(id="duty-past")]))
    return card(t("duty.contingency", lang), body, class_name="contingency")


def _draw_forcing(services: Services, lang: str) -> html.Div:
    end = services.orders.days.to_day(services.clock.now()) + timedelta(days=2)

    def field(name: str) -> dict[str, str]:
        return {"type": "duty-field", "name": name}

    return html.Div(
        [
            dmc.TextInput(id=field("reason"), label=t("duty.field_reason", lang), size="sm"),
            html.Div(
                [
                    dmc.DateInput(id=field("until"), label=t("duty.field_until", lang), size="sm",
                                  value=end.isoformat(), **list_date_words(lang)),
                    dmc.TextInput(id=field("time"), label=t("duty.field_time", lang), value="18:00",
                                  size="sm"),
                ],
                className="fields",
            ),
            html.Div(
                html.Button(t("duty.do_force", lang), className="button filled", type="button",
                            id={"type": "duty-act", "action": "force", "key": ""}),
                className="buttons",
            ),
        ],
        className="acts",
    )  # fmt: skip


def _draw_notices(actor: Actor, lang: str) -> html.Section:
    button = None
    if actor.role in WATCHERS:
        button = html.Button(t("duty.do_read", lang), id={"type": "duty-act", "action": "read", "key": ""},
                             className="button small", type="button")  # fmt: skip
    return card(t("duty.notices", lang), [html.Div(id="duty-notices")], "", button, "notices-card")


def register(app: Dash, guard: Guard, services: Services) -> None:
    """Callbacks: fill the page, preview a set, act; a route for a set as a scenario file."""
    words_of = cache(partial(Words, services.district))
    _register_filling(guard, services, words_of)
    _register_acts(guard, services)

    @app.server.get("/api/contingencies/<name>.toml", endpoint="contingency_scenario")
    def scenario(name: str) -> Response:
        if name not in services.contingency.sets:
            return Response("", 404, mimetype="text/plain")
        start = services.orders.days.to_day(services.clock.now())
        text = services.contingency.to_scenario(name, start, services.contingency.sets[name].days)
        return Response(text, mimetype="text/plain; charset=utf-8",
                        headers={"Content-Disposition": f"attachment; filename={name}.toml"})  # fmt: skip

    guard.open_route("contingency_scenario", DESK | PLANNERS)


def _register_filling(guard: Guard, services: Services, words_of: Callable[[str], Words]) -> None:
    names = ("title", "home", "units", "points", "handover", "active", "past", "notices", "flags")

    @guard.callback(
        ROLES,
        *(Output(f"duty-{name}", "children") for name in names),
        Output("duty-shown", "data"),
        Input("duty-tick", "n_intervals"),
        Input("duty-done", "data"),
        State("duty-shown", "data"),
    )
    def fill(_: Any, __: Any, shown: Any) -> Any:
        parts = fill_page(services, current_actor(services), words_of(current_language()))
        mark = str(hash(str(parts)))
        if mark == shown:
            raise PreventUpdate
        return *parts, mark

    @guard.callback(ROLES, Output("duty-preview", "children"), Input("duty-set", "value"))
    def preview(name: Any) -> Any:
        if not isinstance(name, str) or name not in services.contingency.sets:
            return None
        found = services.contingency.preview(name, services.orders.policy.ladder)
        return draw_preview(found, words_of(current_language()))


def fill_page(services: Services, actor: Actor, words: Words) -> list[Any]:
    """Title, roster of one's own unit and of the others, points, hand-over, contingencies, notices, flags."""
    duty, policy, lang = services.duty, services.duty.policy, words.lang
    own = duty.home(actor)
    units = None if actor.scope.is_whole else actor.scope.units
    rows = duty.list_roster(None if units is None else units | {duty.hub})
    mine = [row for row in rows if row.unit == own]
    watch, writes = duty.read(own), actor.role in WATCHERS
    active = services.contingency.state()
    leads = actor.role in LEADERS and actor.scope.is_whole
    told = services.notices.list(units, SHOWN_NOTICES)
    names = [pick(lang, one.set.title, one.set.title_en) for one in active]
    flags = [html.Span(f"◆ {name}", className="badge r") for name in names]
    if unread := count_unread(told):
        flags.append(html.Span(f"■ {t('duty.unread', lang, count=unread)}", className="badge b"))
    return [
        find_title(duty.find_running(own), words, policy),
        draw_home(mine, words, policy),
        draw_units([row for row in rows if row.unit != own], words, policy),
        draw_points(watch, writes, words),
        draw_handover(watch, writes, words, policy),
        draw_active(active, leads, words),
        draw_history(services.contingency.list_history(), words),
        draw_notices(told, words, services.notices.policy, own),
        flags,
    ]


def _register_acts(guard: Guard, services: Services) -> None:
    @guard.callback(
        ROLES,
        Output("duty-done", "data"),
        Output("duty-told", "children"),
        Output(FIELDS, "value"),
        Input({"type": "duty-act", "action": ALL, "key": ALL}, "n_clicks"),
        State(FIELDS, "value"),
        State(FIELDS, "id"),
        State({"type": "duty-urgent", "name": ALL}, "checked"),
        State("duty-set", "value"),
        State("duty-done", "data"),
        prevent_initial_call=True,
    )
    def act(clicks: Any, values: Any, ids: Any, urgent: Any, chosen: Any, done: Any) -> Any:
        pressed = find_pressed(ctx.triggered_id, clicks)
        if pressed is None:
            raise PreventUpdate
        lang, fields = current_language(), collect_fields(values, ids)
        fields |= {"urgent": urgent == [True], "set": chosen}
        count, kept = done + 1 if isinstance(done, int) else 1, [no_update for _ in ids]
        try:
            told = _do(services, str(pressed.get("action")), str(pressed.get("key")), fields)
        except Refused as refusal:
            return no_update, tell_refusal("duty", refusal, lang), kept
        badge = html.Span(f"✓ {t(told, lang)}", className="badge g")
        blank = ["" if key.get("name") in ("note", "reason") else no_update for key in ids]
        return count, badge, blank


def _do(services: Services, action: str, key: str, fields: dict[str, Any]) -> str:
    """Do an act; the key of what is told."""
    actor, duty = current_actor(services), services.duty
    own = duty.home(actor)

    def text(name: str) -> str:
        value = fields.get(name)
        return value if isinstance(value, str) else ""

    if action == "note":
        duty.note(actor, own, text("note"), fields["urgent"])
    elif action == "tick" and key.isdigit():
        duty.tick(actor, own, int(key))
    elif action == "hand_over":
        duty.hand_over(actor, own, text("note"))
    elif action == "take_over":
        duty.take_over(actor, own)
    elif action == "force":
        services.contingency.force(actor, text("set"), text("reason"), f"{text('until')}T{text('time')}")
    elif action == "end":
        services.contingency.end(actor, key, text("reason"))
    elif action == "read" and actor.role in WATCHERS:
        services.notices.mark_read(_own_units(actor, own), actor.account or actor.role)
    else:
        raise Refused("not_watcher")
    return f"duty.told_{action}"


def _own_units(actor: Actor, own: str) -> frozenset[str]:
    """Whose notices a person may mark as read: those of its own part; the district's people the hub's."""
    return frozenset({own}) if actor.scope.is_whole else actor.scope.units
