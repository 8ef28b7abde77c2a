"""The question of the optimiser as a form, and the form as a question."""

from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.formats import card
from dashboard.i18n import t
from dashboard.wall_names import Names
from hub.jobs import load_proposal
from hub.scopes import Scope
from hub.studies.optimise import MOST_POSTS
from simulation.optimising.problem import OBJECTIVES, POLICY, SOURCES

FIELDS = (
    "posts", "objective", "source", "within", "floor", "share", "kinds", "train", "seed",
    "weight-on_time_closure", "weight-worst_village", "weight-load",
)  # fmt: skip
POSTS = 40


def draw_form(scope: Scope, lang: str) -> html.Section:
    """How many posts, for what, from where, under which limits; a planner of a part asks within it."""
    sources = SOURCES if scope.is_whole else tuple(name for name in SOURCES if name != "district")
    number = dmc.NumberInput(
        id="optimise-posts", label=t("optimise.posts", lang), value=POSTS if scope.is_whole else 5, min=1,
        max=MOST_POSTS, size="xs", allowDecimal=False,
    )  # fmt: skip
    seed = dmc.NumberInput(
        id="optimise-seed", label=t("plan.seed", lang), value=load_proposal()["seed"], min=0, size="xs",
        allowDecimal=False,
    )  # fmt: skip
    parts = [
        html.Div([number, seed], className="fields"),
        _select("objective", OBJECTIVES, lang),
        _draw_weights(lang),
        _select("source", sources, lang),
        html.Div(_draw_within(scope, lang), id="optimise-within-box", hidden=scope.is_whole),
        _draw_limits(lang),
        html.Button(t("optimise.run", lang), id="optimise-run", className="button filled run"),
    ]
    return card(t("optimise.question", lang), parts)


def _select(name: str, options: tuple[str, ...], lang: str) -> dmc.Select:
    data = [{"value": option, "label": t(f"optimise.{name}_{option}", lang)} for option in options]
    return dmc.Select(
        id=f"optimise-{name}", label=t(f"optimise.{name}", lang), data=data, value=options[0], size="xs",
        allowDeselect=False, mt="xs",
    )  # fmt: skip


def _draw_weights(lang: str) -> html.Div:
    fields = [
        dmc.NumberInput(
            id=f"optimise-weight-{name}", label=t(f"optimise.weight_{name}", lang), value=weight, min=0,
            max=1, step=0.1, size="xs",
        )
        for name, weight in POLICY["weights"].items()
    ]  # fmt: skip
    return html.Div(fields, id="optimise-weights", className="fields three", hidden=True)


def _draw_within(scope: Scope, lang: str) -> dmc.Select:
    names, units = Names(scope.district, lang), scope.district.units
    offices = units[
        units["tier"].eq("township") & units["kind"].eq("office") & units["code"].isin(scope.units)
    ]
    codes = [str(code) for code in offices["code"]] if scope.is_whole else [scope.unit]
    data = [{"value": code, "label": names.unit(code)} for code in codes]
    return dmc.Select(
        id="optimise-within", label=t("optimise.within", lang), data=data, value=codes[0] if codes else None,
        size="xs", allowDeselect=False, searchable=True, mt="xs", disabled=not scope.is_whole,
    )  # fmt: skip


def _draw_limits(lang: str) -> html.Details:
    share = dmc.NumberInput(
        id="optimise-share", label=t("optimise.share", lang), value=50, min=0, max=100, suffix=" %", size="xs"
    )
    floor = dmc.NumberInput(
        id="optimise-floor", label=t("optimise.floor", lang), value=0, min=0, size="xs", allowDecimal=False
    )
    choices = [
        dmc.Select(
            id=f"optimise-{name}", label=t(f"optimise.{name}", lang), value="yes", size="xs",
            data=[{"value": word, "label": t(f"optimise.{name}_{word}", lang)} for word in ("yes", "no")],
            allowDeselect=False, mt="xs",
        )
        for name in ("kinds", "train")
    ]  # fmt: skip
    return html.Details(
        [
            html.Summary(t("optimise.limits", lang)),
            html.Div([share, floor], className="fields"),
            *choices,
        ],
        className="limits",
    )


def read_question(values: dict[str, Any], scope: Scope, lang: str) -> tuple[dict[str, Any], str]:
    """The spec of a study and no words; or nothing and what is missing."""
    source = values["source"]
    within = (values["within"] if source == "within" else "") if scope.is_whole else scope.unit
    if not scope.is_whole and source == "district":
        return {}, t("optimise.outside", lang)
    try:
        spec = {
            "posts": int(values["posts"]),
            "objective": str(values["objective"]),
            "source": str(source),
            "within": str(within or ""),
            "floor": int(values["floor"] or 0),
            "floor_share": float(values["share"]) / 100,
            "keep_kind": values["kinds"] != "no",
            "train": values["train"] != "no",
            "weights": {name: float(values[f"weight-{name}"] or 0) for name in POLICY["weights"]},
            "start": load_proposal()["start"].isoformat(),
            "seed": int(values["seed"]),
        }
    except (TypeError, ValueError):
        return {}, t("optimise.bad_form", lang)
    return spec, ""
