"""create_app(services): the one place where server, guard, door, maps and pages come together."""

import logging
import os
import secrets

import dash
from apiflask import APIFlask
from dash import Dash
from flask import Flask

from dashboard import shell
from dashboard.api import add_api
from dashboard.geo import add_geo
from dashboard.guard import Guard
from dashboard.headers import set_headers
from dashboard.i18n import current_language, html_lang
from dashboard.login import add_door
from dashboard.pages import (
    admin,
    audit,
    cause,
    compare,
    duty,
    grids,
    live,
    optimise,
    orders,
    overview,
    plan,
    playback,
    screen,
)
from dashboard.records import add_records
from dashboard.services import Services
from dashboard.tokens import ASSETS
from dashboard.trouble import add_trouble, tell_on_page
from store.trouble import StoreTrouble

PAGES = (
    overview,
    screen,
    live,
    orders,
    duty,
    plan,
    compare,
    cause,
    optimise,
    grids,
    playback,
    admin,
    audit,
)
log = logging.getLogger(__name__)
INDEX = """<!DOCTYPE html>
<html lang="zh-CN">
<head>{%metas%}<title>{%title%}</title>{%favicon%}{%css%}</head>
<body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body>
</html>"""


def create_app(services: Services) -> tuple[Flask, Dash]:
    """The web application over some services; RuntimeError when a callback has no roles."""
    os.environ.setdefault("DASH_DISABLE_VERSION_CHECK", "true")
    server = APIFlask("district-twin", enable_openapi=False, static_folder=None)
    server.config["MAX_CONTENT_LENGTH"] = services.settings.largest_body_bytes
    dash.page_registry.clear()
    app = Dash(
        "district-twin",
        server=server,
        assets_folder=str(ASSETS),
        use_pages=False,
        title="联动指挥中枢",
        update_title=None,
        suppress_callback_exceptions=True,
        index_string=INDEX,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        on_error=note_error,
    )
    fill_index = app.interpolate_index
    app.interpolate_index = lambda **parts: fill_index(**parts).replace(
        'lang="zh-CN"', f'lang="{html_lang(current_language())}"', 1
    )
    units = frozenset(services.district.units["code"])
    guard = Guard(server, app, services.sessions, services.settings.largest_body_bytes, units)
    set_headers(server, app.csp_hashes, services.district.label == "fictitious")
    add_trouble(server)
    add_door(server, guard, services)
    add_geo(server, guard, services)
    add_records(server, guard, services)
    add_api(server, guard, services)
    shell.register(app, guard, services, PAGES)
    for page in PAGES:
        guard.open_page(page.PATH, page.ROLES, getattr(page, "BELOW", False))
        page.register(app, guard, services)
    undeclared = guard.find_undeclared()
    if undeclared:
        raise RuntimeError("callbacks without roles: " + ", ".join(undeclared))
    return server, app


def note_error(error: Exception) -> None:
    """A callback failed: keep the traceback in the log, give the user a number to report."""
    if isinstance(error, StoreTrouble):
        tell_on_page(error)
        return
    number = secrets.token_hex(4)
    log.error("error %s", number, exc_info=error)
    dash.set_props("notice", {"children": f"出错 Error {number}", "className": "notice shown"})
