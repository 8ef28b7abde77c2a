"""/api/openapi.json and the page /api/docs that shows it; every file of the page lies on this machine."""

from pathlib import Path

import flask_swagger_ui
from apiflask import APIFlask
from flask import Response, send_from_directory
from werkzeug.exceptions import NotFound

from dashboard.api.answers import answer, make_blueprint
from dashboard.api.document import build_document
from dashboard.guard import Guard
from dashboard.i18n import LANGUAGES, current_language, html_lang, t
from dashboard.services import Services
from hub.roles import EVERYBODY

FILES = Path(flask_swagger_ui.__file__).parent / "dist"
SERVED = {"swagger-ui-bundle.js": FILES, "swagger-ui.css": FILES, "start.js": Path(__file__).parent}
PAGE = """<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/api/docs/swagger-ui.css"></head>
<body><div id="swagger-ui"></div><script src="/api/docs/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script></body></html>"""


def add(server: APIFlask, guard: Guard, services: Services) -> None:
    """The routes: for everybody with a session or a key."""
    blueprint = make_blueprint("docs")
    documents = {lang: build_document(services.district, lang) for lang in LANGUAGES}

    @blueprint.get("/api/openapi.json", endpoint="document")
    def show_document() -> Response:
        return answer(documents[current_language()])

    @blueprint.get("/api/docs", endpoint="page")
    def show_page() -> Response:
        lang = current_language()
        text = PAGE.format(lang=html_lang(lang), title=t("api.page", lang))
        return Response(text, mimetype="text/html")

    @blueprint.get("/api/docs/<name>", endpoint="file")
    def show_file(name: str) -> Response:
        if name not in SERVED:
            raise NotFound
        return send_from_directory(SERVED[name], name)

    server.register_blueprint(blueprint)
    for endpoint in ("document", "page", "file"):
        guard.open_api(f"docs.{endpoint}", "")
        guard.open_route(f"docs.{endpoint}", EVERYBODY)
