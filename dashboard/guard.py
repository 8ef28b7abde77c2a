"""Deny by default: every route and every callback has declared roles, or the server does not start."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dash import Dash
from flask import Flask, Response, g, request
from werkzeug.datastructures import Headers

from dashboard.bodies import find_fault
from hub.roles import EVERYBODY, Roles
from hub.scopes import Scope
from store.sessions import Session, Sessions

if TYPE_CHECKING:
    from dashboard.services import Services

COOKIE = "session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
UPDATE = "/_dash-update-component"
SUITES = "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>"
API_PATHS = ("/api/v1/", "/open311/")
#: What anybody may ask for: the door, its style sheet and icon, a sign of life.
PUBLIC = frozenset(
    {
        "enter", "redeem", "login", "log_in", "display", "oidc_start", "oidc_back", "language", "health",
        "_dash_assets.static", "/_favicon.ico",
    }
)  # fmt: skip


Refusal = Callable[[int, str], Response]


@dataclass(frozen=True)
class ApiRule:
    """What a key needs to call an endpoint: a scope (blank: any key), a body no larger than this."""

    scope: str
    largest_body: int
    refuse: Refusal


class Guard:
    """Holds who may do what, and asks at every request; `units` are those that a scope may name."""

    def __init__(
        self, server: Flask, app: Dash, sessions: Sessions, largest_body: int, units: frozenset[str]
    ) -> None:
        self.app, self.sessions, self.largest_body, self.units = app, sessions, largest_body, units
        self.routes: dict[str, Roles] = {
            "/_dash-layout": EVERYBODY,
            "/_dash-dependencies": EVERYBODY,
            SUITES: EVERYBODY,
            UPDATE: EVERYBODY,
            "leave": EVERYBODY,
        }
        self.callbacks: dict[str, Roles] = {}
        self.paths: dict[str, Roles] = {}
        self.polled: set[str] = set()
        self.apis: dict[str, ApiRule] = {}
        #: Finds the key of a request and counts the call; dashboard.api hands it in.
        self.check_key: Callable[[ApiRule], Response | None] | None = None
        server.before_request(self.check)

    def callback(self, roles: Roles, *args: Any, **options: Any) -> Callable[[Callable[..., Any]], Any]:
        """Register a callback of Dash together with the roles that may call it."""

        def register(function: Callable[..., Any]) -> Any:
            before = set(self.app.callback_map)
            wrapped = self.app.callback(*args, **options)(function)
            for key in set(self.app.callback_map) - before:
                self.callbacks[key] = roles
            return wrapped

        return register

    def open_route(self, endpoint: str, roles: Roles, polled: bool = False) -> None:
        """Declare who may call an endpoint of Flask; `polled`: pages call it by themselves, by the clock."""
        self.routes[endpoint] = roles
        if polled:
            self.polled.add(endpoint)

    def open_api(
        self, endpoint: str, scope: str, largest_body: int = 0, refuse: Refusal | None = None
    ) -> None:
        """Declare which scope of a source's key may call an endpoint; blank: every key."""
        self.apis[endpoint] = ApiRule(scope, largest_body or self.largest_body, refuse or refuse_plain)

    def open_page(self, path: str, roles: Roles, below: bool = False) -> None:
        """Declare who may open a page; `below`: and what lies one step below its address, /compare/<run>."""
        self.paths[path] = roles
        if below:
            self.paths[f"{path}/*"] = roles

    def find_undeclared(self) -> list[str]:
        """Callbacks that nobody gave roles."""
        return sorted(set(self.app.callback_map) - set(self.callbacks))

    def check(self) -> Response | None:
        """Key, where one is asked for; else cross-site, public list, session, role, body: in this order."""
        rule = self._find_api_rule()
        if rule is not None and self.check_key is not None:
            return self.check_key(rule) or (refuse_plain(404, "unknown") if _is_catch_all() else None)
        if request.method not in SAFE_METHODS and is_cross_site(request.headers, request.host):
            return refuse(403, "cross-site")
        if request.endpoint in PUBLIC:
            return None
        cookie = request.cookies.get(COOKIE, "")
        session = self.sessions.get(cookie, touch=False)
        if session is None:
            return refuse(401, "no session")
        if session.scope and session.scope not in self.units:
            return refuse(403, "scope: no such unit in this district")
        g.session = session
        refusal = self._check_role(session)
        if refusal is None and not self._is_polled():
            self.sessions.touch(cookie, session)
        return refusal

    def _is_polled(self) -> bool:
        """Whether a clock of the page sent this request: an open page alone keeps no session alive."""
        if request.endpoint != UPDATE:
            return request.endpoint in self.polled
        changed = request.get_json().get("changedPropIds") or [""]
        return all(name.endswith(".n_intervals") for name in changed)

    def _find_api_rule(self) -> ApiRule | None:
        """The rule of a request that comes with a key, or that only a key opens; cookies count nothing."""
        endpoint = request.endpoint or ""
        has_key = "Authorization" in request.headers
        if endpoint in self.apis:
            return self.apis[endpoint] if has_key or endpoint not in self.routes else None
        if has_key and (not endpoint or _is_catch_all()) and request.path.startswith(API_PATHS):
            return ApiRule("", self.largest_body, refuse_plain)
        return None

    def _check_role(self, session: Session) -> Response | None:
        endpoint = request.endpoint
        if endpoint in ("/", "/<path:path>"):
            return self._check_path(session.role)
        allowed = self.routes.get(endpoint or "")
        if allowed is None:
            return refuse(404, "unknown")
        if session.role not in allowed:
            return refuse(403, "role")
        return self._check_callback(session.role) if endpoint == UPDATE else None

    def _check_path(self, role: str) -> Response | None:
        path = request.path.rstrip("/") or "/"
        allowed = self.paths.get(path) or self.paths.get(f"{path.rpartition('/')[0]}/*")
        if allowed is None:
            return refuse(404, "unknown")
        return None if role in allowed else refuse(403, "role")

    def _check_callback(self, role: str) -> Response | None:
        raw = request.get_data(cache=True)
        if len(raw) > self.largest_body:
            return refuse(413, "body too large")
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            return refuse(400, "not JSON")
        if not request.is_json:
            return refuse(415, "not JSON")
        fault = find_fault(body, self.app.callback_map)
        if fault:
            return refuse(400, fault)
        return None if role in self.callbacks.get(body["output"], ()) else refuse(403, "role")


def is_cross_site(headers: Headers | Mapping[str, str], host: str) -> bool:
    """Whether an unsafe request comes from another site, by Sec-Fetch-Site or Origin."""
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site != "same-origin"
    origin = headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != host


def _is_catch_all() -> bool:
    """Whether only Dash's own route for any page fits the address."""
    return request.endpoint == "/<path:path>"


def refuse_plain(status: int, reason: str) -> Response:
    """A refusal for a program."""
    return Response(json.dumps({"error": reason}), status, mimetype="application/json")


def refuse(status: int, reason: str) -> Response:
    """A refusal in one line; a browser that opens a page is shown the door."""
    wants_page = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
    if wants_page:
        from dashboard.door import render_refusal

        return Response(render_refusal(status), status, mimetype="text/html")
    return refuse_plain(status, reason)


def current_session() -> Session:
    """The session of this request; the guard has put it there."""
    session: Session = g.session
    return session


def current_owner() -> str:
    """Whose drafts and runs this request may list: the account's, or the session's."""
    return current_session().owner


def current_scope(services: "Services") -> Scope:
    """The part of the district that this session may see and touch."""
    return services.scope(current_session().scope)


def current_actor() -> str:
    """The name under which the audit trail keeps what this session does."""
    return current_session().actor
