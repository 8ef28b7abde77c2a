"""/optimise: where N posts do most; further parts of the page stand one step below its address."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from dash import Dash, dcc, html

from dashboard.guard import Guard
from dashboard.i18n import t
from dashboard.optimise import posts
from dashboard.services import Services
from hub.roles import PLANNERS

PATH, NAME, ROLES, FRAMED, BELOW = "/optimise", "optimise.name", PLANNERS, True, True
TABS = ("", "places", "shifts")


def _find_parts() -> dict[str, ModuleType]:
    """The parts that the product has, by what stands below the page's address."""
    others = [name for name in TABS if name and find_spec(f"dashboard.optimise.{name}")]
    return {"": posts} | {name: import_module(f"dashboard.optimise.{name}") for name in others}


PARTS = _find_parts()


def layout(services: Services, lang: str, below: str = "") -> html.Main:
    """The tabs and the part asked for."""
    part = PARTS.get(below)
    if part is None:
        return html.Main(html.P(t("frame.no_page", lang), className="empty"), className="page")
    return html.Main([_draw_tabs(below, lang), part.layout(services, lang)], className="page")


def _draw_tabs(below: str, lang: str) -> Any:
    if len(PARTS) < 2:
        return ""
    links = [
        dcc.Link(
            t(f"optimise.tab_{name or 'posts'}", lang),
            href=f"{PATH}/{name}".rstrip("/"),
            className="here" if name == below else "",
            refresh=True,
        )
        for name in PARTS
    ]
    return html.Nav(links, className="tabs", **{"aria-label": t("optimise.tabs", lang)})


def register(app: Dash, guard: Guard, services: Services) -> None:
    """The callbacks of every part."""
    for part in PARTS.values():
        part.register(app, guard, services)
