"""The question of service points as a form, and the form as a question."""

from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.faults import tell_error
from dashboard.formats import card
from dashboard.i18n import pick, t
from dashboard.services import Services
from dashboard.wall_names import Names
from hub.jobs import load_proposal
from hub.scopes import Scope
from hub.studies.siting import SitingStudy
from hub.studies.siting import read_question as read_spec
from simulation.siting.problem import POLICY
from simulation.siting.survey import TIERS
from twin.district import District
from twin.faults import DistrictFaults
from twin.service_checks import list_codes

FIELDS = (
    "services", "count", "objective", "radius", "where", "tier", "anew", "days", "replications", "seed",
)  # fmt: skip


def draw_form(services: Services, scope: Scope, lang: str) -> html.Section:
    """Which items, how many points, for what, where; a planner of a part asks within it."""
    district = services.district
    items = dmc.MultiSelect(
        id="places-services", label=t("siting.services", lang), data=_list_items(district, lang),
        value=list_central(district), searchable=True, size="xs", hidePickedOptions=True,
    )  # fmt: skip
    parts = [
        items,
        html.Div([_number("count", POLICY["count"], lang, most=POLICY["most_count"])], className="fields"),
        _select("objective", ("median", "covering"), lang),
        html.Div(
            _number("radius", POLICY["radius_minutes"], lang, most=240), id="places-radius-box", hidden=True
        ),
        _draw_where(scope, lang),
        _select("tier", TIERS, lang),
        _select("anew", ("no", "yes"), lang),
        _draw_trial(lang),
        html.Button(t("siting.run", lang), id="places-run", className="button filled run"),
    ]
    return card(t("siting.question", lang), parts)


def list_central(district: District) -> list[str]:
    """Items that no point of a township or village finishes; all where there is none such."""
    tiers = dict(zip(district.units["code"], district.units["tier"], strict=True))
    near: set[str] = set()
    for row in district.service_points.itertuples():
        if tiers[row.unit] != "district":
            near |= set(list_codes(row.services) or district.services["service"])
    codes = [str(code) for code in district.services["service"]]
    return [code for code in codes if code not in near] or codes


def _list_items(district: District, lang: str) -> list[dict[str, str]]:
    return [
        {"value": str(row.service), "label": pick(lang, row.name, row.name_en)}
        for row in district.services[["service", "name", "name_en"]].itertuples(index=False)
    ]


def _number(name: str, value: float, lang: str, least: int = 1, most: int = 60) -> dmc.NumberInput:
    return dmc.NumberInput(
        id=f"places-{name}", label=t(f"siting.{name}", lang), value=value, min=least, max=most, size="xs"
    )


def _select(name: str, options: tuple[str, ...], lang: str) -> dmc.Select:
    data = [{"value": option, "label": t(f"siting.{name}_{option}", lang)} for option in options]
    return dmc.Select(
        id=f"places-{name}", label=t(f"siting.{name}", lang), data=data, value=options[0], size="xs",
        allowDeselect=False, mt="xs",
    )  # fmt: skip


def _draw_where(scope: Scope, lang: str) -> dmc.Select:
    names = Names(scope.district, lang)
    data = [{"value": code, "label": names.township(code)} for code in list_townships(scope)]
    whole = [{"value": "all", "label": t("siting.where_all", lang)}] if scope.is_whole else []
    options = [*whole, *data]
    return dmc.Select(
        id="places-where", label=t("siting.where", lang), data=options, size="xs", searchable=True,
        value=options[0]["value"] if options else None, allowDeselect=False, mt="xs",
        disabled=not scope.is_whole,
    )  # fmt: skip


def list_townships(scope: Scope) -> list[str]:
    """Townships in a planner's part."""
    areas = scope.district.areas
    mine = areas["code"].isin(scope.areas) & (areas["tier"] == "township")
    return [str(code) for code in areas.loc[mine, "code"]]


def _draw_trial(lang: str) -> html.Details:
    fields = [_number(name, POLICY[name], lang) for name in ("days", "replications")]
    fields.append(_number("seed", POLICY["seed"], lang, least=0, most=10**9))
    body = html.Div(fields, className="fields")
    return html.Details([html.Summary(t("siting.trial_settings", lang)), body], className="limits")


def read_question(
    values: dict[str, Any], services: Services, scope: Scope, lang: str
) -> tuple[dict[str, Any], str]:
    """The spec of a study and no words; or nothing and every reason why it cannot be asked."""
    towns = list_townships(scope)
    where = "" if values["where"] == "all" and scope.is_whole else values["where"]
    if not scope.is_whole and (where not in towns):
        return {}, t("siting.outside", lang)
    try:
        spec = SitingStudy().check(
            {
                "services": values["services"] if isinstance(values["services"], list) else (),
                "count": int(values["count"]),
                "objective": str(values["objective"]),
                "radius_minutes": float(values["radius"]),
                "where": str(where or ""),
                "tier": str(values["tier"]),
                "keep": values["anew"] != "yes",
                "start": load_proposal()["start"].isoformat(),
                **{name: int(values[name]) for name in ("days", "replications", "seed")},
            }
        )
        read_spec(spec).check(services.district)
    except DistrictFaults as error:
        return {}, tell_error(error, lang)
    except (TypeError, ValueError, OverflowError):
        return {}, t("siting.bad_form", lang)
    return spec, ""
