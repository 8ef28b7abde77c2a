"""What the colours of the three maps mean."""

from typing import Any

import numpy as np
from dash import html

from dashboard.formats import MINUS
from dashboard.i18n import t
from dashboard.plan.findings import PlaceValues
from dashboard.plan.numbers import find_cut_digits, find_factor, write
from dashboard.tokens import scale
from twin.indicators import Indicator


def draw_level_legend(cuts: list[float], indicator: Indicator, lang: str) -> list[Any]:
    """Steps of a level, with the unit."""
    shown = [cut * find_factor(indicator) for cut in cuts]
    texts = [write(cut, find_cut_digits(shown)) for cut in shown]
    colours = scale("light", "level")
    steps = _steps(colours[::-1] if indicator.better > 0 else colours, [f"<{texts[0]}", *texts])
    return [steps, t(f"plan.unit_{indicator.unit}", lang)]


def draw_difference_legend(
    cuts: list[float], values: PlaceValues, indicator: Indicator, lang: str
) -> list[Any]:
    """Steps of a difference, and how many places are in doubt or identical."""
    shown = [cut * find_factor(indicator) for cut in cuts]
    texts = [write(cut, find_cut_digits(shown)) for cut in shown]
    words = [*(f"{MINUS}{text}" for text in texts[::-1]), "", *(f"+{text}" for text in texts)]
    doubtful = int((values.unclear & np.isfinite(values.gain)).sum())
    unit = "plan.points" if indicator.unit == "%" else f"plan.unit_{indicator.unit}"
    return [
        _steps(scale("light", "difference"), words),
        t(unit, lang),
        _key(
            "swatch hatch",
            t("plan.legend_early" if values.early else "plan.legend_unclear", lang, count=doubtful),
        ),
        _key("swatch", t("plan.legend_identical", lang, count=int(values.identical.sum()))),
    ]


def _steps(colours: list[str], words: list[str]) -> html.Div:
    spans = [html.Span([html.I(style={"background": c}), w]) for c, w in zip(colours, words, strict=True)]
    return html.Div(spans, className="steps")


def _key(kind: str, text: str) -> html.Span:
    return html.Span([html.Span(className=kind), text], className="key")
