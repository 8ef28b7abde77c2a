"""Keys at the door of the API: whose is it, may it, how often?"""

from flask import Response, g, request

from dashboard.guard import ApiRule
from dashboard.services import Services
from store.rates import TooManyCalls
from store.source_keys import SourceKey

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class KeyDoor:
    """Checks the key of a request; nothing is read of the body but a form's `api_key`."""

    def __init__(self, services: Services) -> None:
        self.keys, self.rates = services.keys, services.rates

    def check(self, rule: ApiRule) -> Response | None:
        """401 without a key that works, 429 past its limit, 403 without the scope; None: come in."""
        request.max_content_length = rule.largest_body
        key = self.keys.find(read_key())
        if key is None:
            answer = rule.refuse(401, "send a key that works: Authorization: Bearer KEY")
            answer.headers["WWW-Authenticate"] = 'Bearer realm="district-twin"'
            return answer
        try:
            self.rates.take(key.key_id, key.per_minute)
        except TooManyCalls as error:
            answer = rule.refuse(429, f"{key.per_minute} calls a minute; wait {error.seconds} s")
            answer.headers["Retry-After"] = str(error.seconds)
            return answer
        if rule.scope and rule.scope not in key.scopes:
            return rule.refuse(403, f"this key has no scope {rule.scope}")
        g.source_key = key
        return None


def read_key() -> str:
    """The key of this request: a bearer's, a password, or Open311's `api_key`; blank where there is none."""
    given = request.authorization
    if given is not None:
        key = given.token if given.type == "bearer" else given.password or given.username
        return key if key and key.isprintable() else ""
    if not request.path.startswith("/open311/"):
        return ""
    in_form = request.method == "POST" and request.mimetype in FORMS
    key = request.args.get("api_key") or (request.form.get("api_key") if in_form else None)
    return key if key and key.isprintable() else ""


def current_key() -> SourceKey:
    """The key of this request; the guard has put it there."""
    key: SourceKey = g.source_key
    return key
