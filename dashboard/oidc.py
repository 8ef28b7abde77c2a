"""/oidc/start and /oidc/back: the way to the office's identity service and back; it makes no accounts."""

import json
import logging
from typing import Any

from cryptography.fernet import InvalidToken
from flask import Flask, Response, redirect, request

from dashboard.door import admit, answer_page, draw_way, set_cookie
from dashboard.guard import COOKIE
from dashboard.i18n import current_language, t
from dashboard.services import Services
from dashboard.settings import StartFault
from hub.grants import BadGrant, check_grant
from hub.keys import read_secret
from hub.oidc import Issuer, IssuerFault, Pending
from hub.oidc_roles import ClaimRoles, load_claim_roles
from store.accounts import Account, BadAccount

PENDING, MINUTES = "oidc", 10
PURPOSE = "login"
log = logging.getLogger(__name__)


def add_oidc(server: Flask, services: Services, issuer: Issuer | None = None) -> None:
    """The two routes, where an issuer is configured."""
    settings = services.settings
    if not settings.oidc_issuer:
        return
    issuer = issuer or build_issuer(services)
    roles = _load_roles(services)
    lock = services.secrets.lock(PURPOSE)

    @server.get("/oidc/start", endpoint="oidc_start")
    def start() -> Response:
        try:
            url, pending = issuer.start()
        except IssuerFault as error:
            return _refuse(error.why, str(error))
        answer = redirect(url, 303)
        kept = lock.encrypt(json.dumps(pending.to_plain()).encode()).decode()
        set_cookie(answer, PENDING, kept, settings.secure_cookies, MINUTES * 60, "/oidc")
        return answer  # type: ignore[return-value]

    @server.get("/oidc/back", endpoint="oidc_back")
    def back() -> Response:
        try:
            kept = lock.decrypt(request.cookies.get(PENDING, "").encode(), ttl=MINUTES * 60)
            claims = issuer.finish(Pending(**json.loads(kept)), request.args.to_dict())
        except InvalidToken:
            return _refuse("refused", "no login of this browser is under way")
        except IssuerFault as error:
            return _refuse(error.why, str(error))
        answer = _admit(services, claims, roles)
        answer.delete_cookie(PENDING, path="/oidc")
        return answer


def build_issuer(services: Services) -> Issuer:
    """The issuer that the settings name."""
    settings = services.settings
    path = settings.oidc_client_secret_file
    secret = read_secret(path) if path else ""
    back = f"{settings.public_url.rstrip('/')}/oidc/back"
    return Issuer(settings.oidc_issuer, settings.oidc_client_id, secret, back, settings.oidc_scopes)


def _admit(services: Services, claims: dict[str, Any], roles: ClaimRoles | None) -> Response:
    subject = str(claims["sub"])
    account = services.accounts.find_subject(subject)
    if account is None:
        services.audit.record("oidc", "login refused", "door", {"reason": "no such account"})
        return _refuse("stranger", "no such account", subject=subject)
    try:
        role, scope = _find_grant(services, account, claims, roles)
    except (BadGrant, BadAccount) as error:
        services.audit.record(
            "oidc", "login refused", f"account:{account.name}", {"reason": str(error)[:300]}
        )
        return _refuse("grant", str(error))
    before = request.cookies.get(COOKIE, "")
    session_id = services.sessions.open(role, scope, account.name, "oidc", replaces=before)
    return admit(session_id, role, services.settings.secure_cookies)


def _find_grant(
    services: Services, account: Account, claims: dict[str, Any], roles: ClaimRoles | None
) -> tuple[str, str]:
    """The grant that the claims stand for, kept in the account; the account's own without a table."""
    if roles is None:
        return account.role, account.scope
    found = roles.find(claims)
    if found is None:
        raise BadGrant("role", f"{account.name}: no value of the claim {roles.claim} stands for a role")
    check_grant(services.district, *found)
    if found != (account.role, account.scope):
        services.accounts.change_grant(account.name, *found, by="oidc")
    return found


def _load_roles(services: Services) -> ClaimRoles | None:
    path = services.settings.oidc_roles_file
    try:
        return load_claim_roles(path, services.district) if path else None
    except ValueError as error:
        raise StartFault([f"{path}: {error}"]) from error


def _refuse(why: str, reason: str, **values: str) -> Response:
    """A page in words; the reason goes to the log, for whoever set the issuer up."""
    log.warning("login through the issuer refused: %s", reason[:300])
    status = {"unreachable": 502, "refused": 401}.get(why, 403)
    text = t(f"frame.issuer_{why}", current_language(), **values)
    return answer_page(text, status, draw_way("/login", "frame.back_to_login"), "wrong")
