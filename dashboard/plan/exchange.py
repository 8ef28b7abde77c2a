"""Scenarios from files: a TOML text, pasted or uploaded, with each fault at its measure and field."""

import base64
import binascii
import tomllib
from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, State, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from dashboard.guard import Guard
from dashboard.i18n import current_language, pick, t
from dashboard.plan import forms
from dashboard.plan.shelf_acts import Refused, hold
from dashboard.services import Services
from hub.roles import PLANNERS as ROLES
from hub.scenarios import read_text
from simulation.scenario import MEASURES, Scenario
from store.scenarios import LARGEST_TOML
from twin.district import District
from twin.faults import DistrictFaults


def draw_import(lang: str) -> dmc.Modal:
    """The dialog: a place to paste, a file to choose, what is wrong."""
    upload = dcc.Upload(
        html.Button(t("shelf.choose_file", lang), className="button small", type="button"),
        id="plan-import-file", accept=".toml,text/plain", max_size=2 * LARGEST_TOML,
    )  # fmt: skip
    paste = dmc.Textarea(
        id="plan-import-text", label=t("shelf.paste", lang), autosize=True, minRows=10, maxRows=18,
        size="xs", value="", classNames={"input": "code"}, spellCheck=False,
    )  # fmt: skip
    read = html.Button(t("shelf.read", lang), id="plan-import-read", className="button filled", type="button")
    told = html.Div(id="plan-import-told", className="plan-told", role="alert")
    return dmc.Modal(
        html.Div([paste, html.Div([upload, read], className="buttons"), told], className="light dialog"),
        id="plan-import", size="lg", title=t("shelf.import_title", lang), opened=False,
        closeButtonProps={"aria-label": t("shelf.close", lang)},
    )  # fmt: skip


def register(guard: Guard, services: Services) -> None:
    """Callbacks: open the dialog, put a file into the text, read the text into the form."""

    @guard.callback(
        ROLES,
        Output("plan-import-text", "value"),
        Input("plan-import-file", "contents"),
        prevent_initial_call=True,
    )
    def take(contents: Any) -> Any:
        return decode(contents)

    @guard.callback(
        ROLES,
        Output("plan-import", "opened"),
        Output("plan-import-told", "children"),
        Output("plan-load", "data", allow_duplicate=True),
        Output("plan-open", "data", allow_duplicate=True),
        Input("plan-import-open", "n_clicks"),
        Input("plan-import-read", "n_clicks"),
        State("plan-import-text", "value"),
        prevent_initial_call=True,
    )
    def read(opens: Any, reads: Any, text: Any) -> Any:
        if ctx.triggered_id == "plan-import-open" and opens:
            return True, "", no_update, no_update
        if ctx.triggered_id != "plan-import-read" or not reads:
            raise PreventUpdate
        lang = current_language()
        try:
            return False, "", read_file(text, services.district, lang), None
        except Refused as refused:
            return True, [html.P(line, className="red") for line in refused.lines], no_update, no_update


def decode(contents: Any) -> str:
    """The text of an uploaded file; blank where it is no text in UTF-8."""
    _, _, body = contents.partition(",") if isinstance(contents, str) else ("", "", "")
    try:
        return base64.b64decode(body, validate=True).decode("utf-8-sig")
    except (binascii.Error, ValueError):
        return ""


def read_file(text: Any, district: District, lang: str) -> dict[str, Any]:
    """A TOML text as the form takes it; Refused with every fault, each with measure and field."""
    text = text if isinstance(text, str) else ""
    if not text.strip():
        raise Refused([t("shelf.no_text", lang)])
    try:
        scenario = read_text(text)
    except DistrictFaults as error:
        raise Refused(tell_faults(text, error, district, lang)) from None
    _, faults = forms.read_scenario(scenario.title, _list_rows(scenario), district, lang)
    if faults:
        raise Refused(faults)
    return hold(scenario)


def _list_rows(scenario: Scenario) -> forms.Draft:
    rows: forms.Draft = scenario.to_plain()["measures"]
    return rows


def tell_faults(text: str, error: DistrictFaults, district: District, lang: str) -> list[str]:
    """What is wrong with a text in the reader's words; the reader's own where a measure can be named."""
    lines = [_tell_head(str(fault), fault.rule, lang) for fault in error.faults if not _is_field(fault.row)]
    try:
        entries = tomllib.loads(text).get("measures", [])
    except tomllib.TOMLDecodeError:
        return lines
    rows = list(enumerate(entries if isinstance(entries, list) else [], 1))
    known = [(number, row) for number, row in rows if _has_kind(row)]
    told = [(number, _tell_kind(number, row, lang)) for number, row in rows if not _has_kind(row)]
    told += [(fault.number, fault.line) for fault in forms.read_measures(known, district, lang)[1]]
    lines += [line for _, line in sorted(told, key=lambda one: one[0])]
    return lines or [str(fault) for fault in error.faults]


def _is_field(row: str) -> bool:
    return row.startswith("measure ")


def _tell_head(text: str, rule: str, lang: str) -> str:
    known = {"not TOML": "shelf.not_toml", "too large": "shelf.too_large", "needed": "shelf.no_name"}
    return t(known[rule], lang, why=text, most=LARGEST_TOML) if rule in known else text


def _has_kind(entry: Any) -> bool:
    kind = entry.get("measure") if isinstance(entry, Mapping) else None
    return isinstance(kind, str) and kind in MEASURES


def _tell_kind(number: int, entry: Any, lang: str) -> str:
    kind = entry.get("measure") if isinstance(entry, Mapping) else None
    return t("shelf.unknown_measure", lang, number=number, kind=str(kind)[:40])


def name_measure(number: int, kind: str, lang: str) -> str:
    """`2 减区增乡`: number and name of a measure."""
    model = MEASURES[kind]
    return f"{number} {pick(lang, model.title_zh, model.title_en)}"
