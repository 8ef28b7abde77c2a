"""Measures as forms: each field of a measure's schema becomes a control, and comes back as a scenario."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import dash_mantine_components as dmc
import tomli_w
from dash import html
from pydantic import ValidationError

from dashboard.i18n import catalogue, pick, t
from dashboard.wall import Names
from simulation.experiment import plan_period
from simulation.scenario import MEASURES, Measure, Scenario
from twin.calendar import list_unknown_years
from twin.district import District
from twin.faults import DistrictFaults

NAME = "plan"
MOST_MEASURES = 12
Draft = list[dict[str, Any]]


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
        tiers = {"township": ("township",), "area": ("township", "village"), "place": ("township", "village")}
        chosen = areas[areas["tier"].isin(tiers.get(kind, ()))]
        rows = [(code, names.places[code]) for code in chosen["code"]]
        if kind in ("unit", "place"):
            rows += list(names.units.items())
        if kind == "role":
            roles = sorted(
                {part for role in self.district.posts["role"].unique() for part in role.split("+")}
            )
            rows = [(role, names.role(role)) for role in roles]
        if kind == "matter":
            rows = list(names.matters.items())
        return [{"value": code, "label": _label(code, name, kind)} for code, name in rows]


def _label(code: str, name: str, kind: str) -> str:
    return f"{name} {code}" if kind in ("unit", "place", "area") else name


def draw_measures(draft: Draft, choices: Choices, lang: str) -> list[html.Section]:
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
    head = html.Div(
        [
            html.H2(f"{number + 1}  {label}"),
            html.Span(catalogue(lang).get(f"plan.about_{model.kind}", ""), className="caption"),
            remove,
        ],
        className="card-head",
    )
    kind = dmc.TextInput(value=model.kind, id=field_id(number, "measure"), style={"display": "none"})
    fields = [
        _draw_field(number, name, entry, values.get(name, model.model_fields[name].default), choices, lang)
        for name, entry in model.model_json_schema()["properties"].items()
    ]
    return html.Section([head, kind, html.Div(fields, className="fields")], className="card measure")


def _draw_field(
    number: int, name: str, entry: Mapping[str, Any], value: Any, choices: Choices, lang: str
) -> Any:
    label, codes = pick(lang, entry["title"], entry.get("title_en", "")), entry.get("of", "")
    common = {"id": field_id(number, name), "label": label, "size": "xs"}
    if entry.get("type") == "array":
        data = choices.of(codes, lang)
        several = list(value) if isinstance(value, list | tuple) else []
        options = {"searchable": True, "limit": 60, "clearable": True, "hidePickedOptions": True}
        return html.Div(dmc.MultiSelect(**common, **options, data=data, value=several), className="wide")
    if codes:
        data = choices.of(codes, lang)
        known = {row["value"] for row in data}
        chosen = value if value in known else None
        return html.Div(
            dmc.Select(**common, data=data, value=chosen, searchable=True, limit=60), className="wide"
        )
    if entry.get("format") == "date":
        return dmc.DateInput(
            **common, value=value if isinstance(value, str) else None, valueFormat="YYYY-MM-DD"
        )
    if entry.get("type") in ("integer", "number"):
        number_value = value if isinstance(value, int | float) else None
        step = 1 if entry["type"] == "integer" else 0.05
        return dmc.NumberInput(
            **common, value=number_value, step=step, allowDecimal=entry["type"] == "number", debounce=400
        )
    return dmc.TextInput(**common, value=value if isinstance(value, str) else "", debounce=400)


def collect_draft(ids: Sequence[Any], values: Sequence[Any]) -> Draft:
    """The draft from the controls of a page, in the order of their numbers; unknown ones are left out."""
    found: dict[int, dict[str, Any]] = {}
    for name, value in zip(ids, values, strict=False):
        if isinstance(name, dict) and isinstance(name.get("n"), int):
            found.setdefault(name["n"], {})[str(name.get("field"))] = value
    rows = [found[n] for n in sorted(found)][:MOST_MEASURES]
    return [row for row in rows if isinstance(row.get("measure"), str) and row["measure"] in MEASURES]


def read_scenario(
    title: Any, draft: Draft, district: District, lang: str
) -> tuple[Scenario | None, list[str]]:
    """The scenario of a draft, or everything that is wrong with it, in words that name measure and field."""
    measures, faults = [], []
    for number, row in enumerate(draft, 1):
        model = MEASURES[row["measure"]]
        values = {key: value for key, value in row.items() if key != "measure" and value not in (None, "")}
        try:
            measures.append(model(**values))
        except ValidationError as error:
            faults += [_explain(number, model, item, lang) for item in error.errors()]
    if faults:
        return None, faults
    for number, measure in enumerate(measures, 1):
        try:
            district = measure.apply(district)
        except DistrictFaults as error:
            faults += [
                _explain_fault(number, measure, fault.rule, fault.message, lang) for fault in error.faults
            ]
    if faults:
        return None, faults
    text = str(title).strip()[:80] if isinstance(title, str) else ""
    return Scenario(name=NAME, title=text, measures=tuple(measures)), []


def _explain(number: int, model: type[Measure], item: Mapping[str, Any], lang: str) -> str:
    name = str(item["loc"][0]) if item["loc"] else ""
    entry = model.model_json_schema()["properties"].get(name, {"title": name})
    label = pick(lang, entry["title"], entry.get("title_en", ""))
    known = catalogue(lang).get(f"plan.error_{item['type']}")
    words = known.format(**item.get("ctx", {})) if known else item["msg"]
    return f"{number} {pick(lang, model.title_zh, model.title_en)} · {label}：{words}"


def _explain_fault(number: int, measure: Measure, rule: str, message: str, lang: str) -> str:
    words = catalogue(lang).get(f"plan.fault_{rule.replace(' ', '_')}", message)
    return f"{number} {pick(lang, measure.title_zh, measure.title_en)}：{words}"


def load_draft(text: str) -> tuple[str, Draft]:
    """Title and draft of a scenario file."""
    scenario = Scenario.from_toml(text)
    return scenario.title or scenario.name, scenario.to_plain()["measures"]


def write_toml(scenario: Scenario) -> str:
    """A scenario as TOML, by the writer of the standard's format."""
    return tomli_w.dumps({k: v for k, v in scenario.to_plain().items() if v not in (None, "")})


def describe_change(district: District, scenario: Scenario, lang: str) -> list[str]:
    """What a scenario changes against the district, in sentences: posts moved, total posts, hours, demand."""
    changed = scenario.apply(district)
    before, after = (d.posts.set_index("post_id") for d in (district, changed))
    filled = [int((frame["filled"] == 1).sum()) for frame in (before, after)]
    same = after.reindex(before.index)
    moved = int((before["unit"] != same["unit"]).sum())
    retimed = int((before["shift"] != same["shift"]).sum())
    key = "total_same" if filled[0] == filled[1] else "total_differs"
    lines = [t(f"plan.{key}", lang, before=f"{filled[0]:,}", after=f"{filled[1]:,}")]
    if moved:
        units = len(
            {
                *before.loc[before["unit"] != same["unit"], "unit"],
                *same.loc[before["unit"] != same["unit"], "unit"],
            }
        )
        lines.append(t("plan.moved", lang, posts=f"{moved:,}", units=f"{units:,}"))
    if retimed:
        lines.append(t("plan.retimed", lang, posts=f"{retimed:,}"))
    if len(changed.demand_changes) > len(district.demand_changes):
        lines.append(t("plan.demand_changes", lang))
    return lines


def describe_calendar(district: District, start: Any, days: Any, lang: str) -> list[str]:
    """A warning where the work calendar knows nothing of a year of the period; blank dates say nothing."""
    try:
        period = plan_period(district, date.fromisoformat(start), max(1, int(days)))
        years = list_unknown_years(district.settings, district.calendar, period.origin, period.simulated_days)
    except (TypeError, ValueError, OverflowError):
        return []
    named = ("、" if lang == "zh" else ", ").join(map(str, years))
    return [t("plan.unknown_years", lang, years=named)] if years else []
