"""The controls of a measure: each field of its schema becomes one, named in the reader's language."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, html

from dashboard.i18n import catalogue, pick, t
from dashboard.plan.sayings import is_default, tell_measure
from dashboard.wall import Names
from simulation.measures import MEASURES, Measure, list_fields
from simulation.measures.batches import BatchMeasure
from simulation.measures.lookup import list_bodies
from simulation.measures.reference import is_date, list_words
from twin.district import District

#: Every field of every measure in the form, as callbacks name them.
FIELD_VALUES = {"type": "plan-field", "n": ALL, "field": ALL}

LIMIT = 60
FOLDED = set(BatchMeasure.model_fields) - set(Measure.model_fields)
TIERS = {
    "township": ("township",),
    "village": ("village",),
    "area": ("township", "village"),
    "place": ("township", "village"),
}
TABLES = {
    "item": ("matters", "item", "item_name", "item_name_en"),
    "duty": ("duties", "duty", "name", "name_en"),
    "service": ("services", "service", "name", "name_en"),
    "shift": ("shifts", "shift", "shift", "shift"),
    "road": ("roads", "road_id", "road_id", "road_id"),
}


def field_id(number: int, name: str) -> dict[str, Any]:
    """The id of one control of the measure at a position."""
    return {"type": "plan-field", "n": number, "field": name}


class Choices:
    """What the codes of a field may be, as (code, name) pairs, by language."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.of = cache(self._list)

    def _list(self, kind: str, lang: str) -> list[dict[str, str]]:
        names, areas = Names(self.district, lang), self.district.areas
        rows = [(c, names.places[c]) for c in areas.loc[areas["tier"].isin(TIERS.get(kind, ())), "code"]]
        if kind in ("unit", "place"):
            rows += list(names.units.items())
        elif kind in ("matter", "item"):
            rows = list(names.matters.items())
        if kind in TABLES:
            rows += _read_names(self.district, *TABLES[kind], lang)
        elif kind in ("role", "body", "tier"):
            rows = self._name_bodies(kind, names)
        elif kind == "certificate":
            rows = [(code, _name_certificate(code, lang)) for code in self._list_certificates()]
        return [{"value": code, "label": _label(code, name, kind)} for code, name in rows]

    def _name_bodies(self, kind: str, names: Names) -> list[tuple[str, str]]:
        lang = names.lang
        if kind == "role":
            return [(role, names.role(role)) for role in self._list_roles()]
        if kind == "tier":
            return [(tier, t(f"plan.tier_{tier}", lang)) for tier in ("district", "township", "village")]
        return [
            (f"{role}@{tier}", f"{names.role(role)} · {t(f'plan.tier_{tier}', lang)}")
            for tier, role in sorted(list_bodies(self.district))
        ]

    def _list_roles(self) -> list[str]:
        return sorted({part for role in self.district.posts["role"].unique() for part in role.split("+")})

    def _list_certificates(self) -> list[str]:
        held, asked = self.district.posts["skills"].unique(), self.district.routes["skill"].unique()
        return sorted({part for text in (*held, *asked) for part in str(text).split(";") if part} - {"nan"})


def _name_certificate(code: str, lang: str) -> str:
    return catalogue(lang).get(f"plan.certificate_{code}", code)


def _read_names(
    district: District, table: str, code: str, chinese: str, english: str, lang: str
) -> list[tuple[str, str]]:
    """(code, name) of each code of a table."""
    rows = getattr(district, table).drop_duplicates(code)
    return [
        (c, pick(lang, zh, en)) for c, zh, en in zip(rows[code], rows[chinese], rows[english], strict=True)
    ]


def _label(code: str, name: str, kind: str) -> str:
    return f"{name} {code}" if kind in ("unit", "place", "area", "village", "item") else name


def draw_measures(draft: list[dict[str, Any]], choices: Choices, lang: str) -> list[html.Section]:
    """One card a measure, numbered in the order in which they are put in force."""
    if not draft:
        return [html.Section(html.P(t("plan.no_measures", lang), className="empty"), className="card")]
    return [_draw_measure(n, values, choices, lang) for n, values in enumerate(draft)]


def _draw_measure(number: int, values: dict[str, Any], choices: Choices, lang: str) -> html.Section:
    model = MEASURES[values["measure"]]
    label = pick(lang, model.title_zh, model.title_en)
    remove = html.Button(
        "✕",
        id={"type": "plan-remove", "n": number},
        className="plain",
        **{"aria-label": t("plan.remove", lang, name=label)},
    )
    title = html.H2(f"{number + 1}  {label}")
    off = html.Span(f"○ {t('plan.off', lang)}", className="badge off")
    words = catalogue(lang).get(f"plan.about_{model.kind}", "")
    about = html.Span(words, className="caption", title=words)
    head = [_draw_switch(number, values, label, lang), title, off, about, remove]
    kind = dmc.TextInput(value=model.kind, id=field_id(number, "measure"), style={"display": "none"})
    drawn = _draw_fields(number, model, values, choices, lang)
    told = html.P(id={"type": "plan-fault", "n": number}, className="red", role="alert")
    body = [_lay_fields(part) for part in _fold_fields(model, values, drawn, lang)]
    said = html.Summary(tell_measure(values, choices.of, lang), id={"type": "plan-said", "n": number})
    fold = html.Details([said, *body], className="asked", open=values.keys() - {"enabled"} == {"measure"})
    return html.Section([html.Div(head, className="card-head"), kind, told, fold], className="card measure")


def _draw_switch(number: int, values: dict[str, Any], label: str, lang: str) -> dmc.CheckboxGroup:
    """On or off; a group of one box, so that its value is collected as that of any other control."""
    name = pick(lang, *_name_switch())
    box = dmc.Checkbox(value="on", size="xs", className="switch", **{"aria-label": f"{name}：{label}"})
    value = [] if values.get("enabled") is False else ["on"]
    return dmc.CheckboxGroup(box, id=field_id(number, "enabled"), value=value)


def _name_switch() -> tuple[str, str]:
    entry = Measure.model_json_schema()["properties"]["enabled"]
    return entry["title"], entry["title_en"]


def _draw_fields(
    number: int, model: type[Measure], values: dict[str, Any], choices: Choices, lang: str
) -> dict[str, Any]:
    entries = model.model_json_schema()["properties"]
    return {
        name: _draw_field(number, name, entries[name], values.get(name, _default(model, name)), choices, lang)
        for name in list_fields(model)
        if model.dated or name != "effective_from"
    }


def _fold_fields(
    model: type[Measure], values: dict[str, Any], drawn: dict[str, Any], lang: str
) -> list[tuple[str, bool, list[Any]]]:
    """(title, open, controls): what is needed or set stays in view, defaults and batches fold away."""
    fresh = values.keys() - {"enabled"} == {"measure"}
    batches = [name for name in drawn if name in FOLDED]
    plain = [n for n in drawn if n not in FOLDED and n != "effective_from" and is_default(model, n, values)]
    first = [name for name in drawn if name not in (*plain, *batches)]
    is_set = any(not is_default(model, name, values) for name in batches)
    parts = [("", True, first), (t("plan.more_fields", lang, count=len(plain)), fresh, plain)]
    parts += [(t("plan.in_batches", lang), is_set, batches)]
    return [(title, shown, [drawn[name] for name in names]) for title, shown, names in parts if names]


def _lay_fields(part: tuple[str, bool, list[Any]]) -> Any:
    title, shown, controls = part
    box = html.Div(controls, className="fields")
    return html.Details([html.Summary(title), box], open=shown) if title else box


def _default(model: type[Measure], name: str) -> Any:
    return model.model_fields[name].get_default()


def _draw_field(
    number: int, name: str, entry: Mapping[str, Any], value: Any, choices: Choices, lang: str
) -> Any:
    label = pick(lang, entry["title"], entry.get("title_en", ""))
    common = {"id": field_id(number, name), "label": label, "size": "xs"}
    kind, codes = entry.get("type"), entry.get("of", "")
    data = _list_options(entry, lang) or (choices.of(codes, lang) if codes else None)
    if kind == "array" or data is not None:
        is_many, options = kind == "array", data or []
        drawn = (
            _draw_several(common, options, value, lang)
            if is_many
            else _draw_one(common, options, value, entry, lang)
        )
        return _add_map(drawn, {**field_id(number, name), "type": "plan-pick", "of": codes}, label, lang)
    if is_date(dict(entry)):
        text = value if isinstance(value, str) and value else None
        clear = {"clearButtonProps": {"aria-label": t("plan.clear", lang, name=label)}}
        return dmc.DateInput(**common, **clear, **list_date_words(lang), value=text, clearable=True)
    if kind in ("integer", "number"):
        whole = kind == "integer"
        figure = value if isinstance(value, int | float) else None
        step = 1 if whole else 0.05
        return dmc.NumberInput(**common, value=figure, step=step, allowDecimal=not whole)
    return dmc.TextInput(**common, value=value if isinstance(value, str) else "")


def _add_map(drawn: Any, name: dict[str, Any], label: str, lang: str) -> Any:
    """A control of places with a button that opens the map for it; any other as it is."""
    if name["of"] not in TIERS:
        return drawn
    words = t("places.pick", lang)
    button = html.Button(
        words, id=name, className="link", type="button", **{"aria-label": f"{label}：{words}"}
    )
    return html.Div([drawn.children, button], className="wide placed")


def list_date_words(lang: str) -> dict[str, Any]:
    """How a control of a date writes days, months and weekdays."""
    shown = {"valueFormat": "YYYY-MM-DD", "placeholder": "YYYY-MM-DD"}
    if lang != "zh":
        return shown
    words = {"monthLabelFormat": "YYYY年M月", "monthsListFormat": "M月", "yearLabelFormat": "YYYY年"}
    return shown | words


def _list_options(entry: Mapping[str, Any], lang: str) -> list[dict[str, str]]:
    """The words of an enumeration with their names; a blank word is the control left empty."""
    if entry.get("type") == "boolean":
        return [{"value": word, "label": t(f"plan.{word}", lang)} for word in ("true", "false")]
    names = entry.get("options", {})
    return [
        {"value": word, "label": pick(lang, *names.get(word, (word, word)))}
        for word in list_words(dict(entry))
        if word
    ]


def _draw_several(common: dict[str, Any], data: list[dict[str, str]], value: Any, lang: str) -> html.Div:
    several = list(value) if isinstance(value, list | tuple) else []
    options: dict[str, Any] = {
        "searchable": True,
        "limit": LIMIT,
        "clearable": True,
        "hidePickedOptions": True,
    }
    options |= {"nothingFoundMessage": t("plan.none_found", lang)}
    return html.Div(dmc.MultiSelect(**common, **options, data=data, value=several), className="wide")


def _draw_one(
    common: dict[str, Any], data: list[dict[str, str]], value: Any, entry: Mapping[str, Any], lang: str
) -> Any:
    plain = str(value).lower() if isinstance(value, bool) else value
    chosen = plain if plain in {row["value"] for row in data} else None
    blank = pick(lang, *entry.get("options", {}).get("", ("", "")))
    optional = entry.get("default", None) == ""
    select = dmc.Select(
        **common,
        data=data,
        value=chosen,
        placeholder=blank or None,
        searchable=bool(entry.get("of")),
        nothingFoundMessage=t("plan.none_found", lang),
        limit=LIMIT,
        clearable=optional,
        allowDeselect=optional,
    )
    return html.Div(select, className="wide") if entry.get("of") else select
