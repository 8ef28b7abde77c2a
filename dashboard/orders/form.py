"""The form of a new order: to whom, about what, what is asked, until when."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.actors import Words
from dashboard.i18n import t
from dashboard.plan.fields import list_date_words
from dashboard.services import Services
from hub.books.acts import Actor

TIERS = ("township", "district", "village")


def draw_form(services: Services, actor: Actor, words: Words, key: str) -> list[Any]:
    """The form's controls; key: the new order's id, so that pressing twice gives one order."""
    lang = words.lang
    return [
        html.Div([html.H2(t("orders.new", lang)), html.Span(key, id="orders-key", hidden=True)],
                 className="drawer-head"),
        _select("unit", list_units(services, actor, words), words, searchable=True),
        _select("about", list_subjects(services, words), words, searchable=True, value="free:"),
        dmc.TextInput(**_common("case", lang), placeholder=t("orders.case_hint", lang)),
        dmc.TextInput(**_common("title", lang)),
        dmc.Textarea(**_common("asked", lang), autosize=True, minRows=3, maxRows=8,
                     placeholder=t("orders.text_hint", lang)),
        _select("proposed", list_dues(services, words), words, value=None),
        dmc.DateInput(**_common("due", lang), clearable=True, **list_date_words(lang)),
        html.Div(
            [
                html.Button(t("orders.do_give", lang), id={"type": "orders-act", "action": "give"},
                            className="button filled", type="button"),
                html.Span(t("orders.give_note", lang), className="caption"),
            ],
            className="buttons",
        ),
    ]  # fmt: skip


def list_units(services: Services, actor: Actor, words: Words) -> list[dict[str, Any]]:
    """The units that a person may give orders to, by tier."""
    units = services.district.units
    inside = units[units["code"].isin(actor.scope.units) & (units["kind"] != "hub")]
    return [
        {
            "group": t(f"orders.tier_{tier}", words.lang),
            "items": [
                {"value": code, "label": words.unit(code)}
                for code in inside.loc[inside["tier"] == tier, "code"]
            ],
        }
        for tier in TIERS
        if (inside["tier"] == tier).any()
    ]


def list_subjects(services: Services, words: Words) -> list[dict[str, Any]]:
    """What an order may be about, beside a case: nothing in particular, a matter, a township."""
    lang, known = words.lang, services.orders.known
    matters = [{"value": f"matter:{code}", "label": words.matters[code]} for code in sorted(known["matter"])]
    places = [{"value": f"township:{code}", "label": words.areas[code]} for code in sorted(known["township"])]
    return [
        {
            "group": t("orders.free", lang),
            "items": [{"value": "free:", "label": t("orders.about_free", lang)}],
        },
        {"group": t("orders.matter", lang), "items": matters},
        {"group": t("orders.township", lang), "items": places},
    ]


def list_dues(services: Services, words: Words) -> list[dict[str, str]]:
    """The proposed due dates, each with its working days."""
    return [
        {
            "value": day.isoformat(),
            "label": t(f"orders.due_{name}", words.lang, day=_tell_day(day, words.lang)),
        }
        for name, day in services.orders.propose_dues()
    ]


def read_draft(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The draft that hub.orders.desk.Orders.give takes, from the form's values."""
    about, _, subject = str(fields.get("about") or "free:").partition(":")
    case = str(fields.get("case") or "").strip()
    if case:
        about, subject = "case", case
    due = fields.get("due") or fields.get("proposed")
    return {
        "unit": fields.get("unit"), "about": about, "subject": subject, "title": fields.get("title"),
        "asked": fields.get("asked"), "due": due,
    }  # fmt: skip


def _tell_day(day: date, lang: str) -> str:
    return f"{day.month}-{day:%d} {t(f'orders.weekday_{day.weekday()}', lang)}"


def _common(name: str, lang: str) -> dict[str, Any]:
    key = {"type": "orders-field", "name": name}
    return {"id": key, "label": t(f"orders.field_{name}", lang), "size": "sm"}


def _select(name: str, data: list[Any], words: Words, value: Any = None, **options: Any) -> dmc.Select:
    hint = t(f"orders.pick_{name}", words.lang)
    return dmc.Select(
        **_common(name, words.lang), data=data, value=value, placeholder=hint, maxDropdownHeight=320,
        nothingFoundMessage=t("plan.none_found", words.lang), **options,
    )  # fmt: skip
