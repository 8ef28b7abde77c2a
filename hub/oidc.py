"""Logging in through the office's own identity service: OpenID Connect, authorization code with PKCE."""

import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import is_secure_transport
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ("RS256", "PS256", "ES256")
TIMEOUT = 10
KEPT_SECONDS = 3600
LEEWAY = 60
Why = Literal["unreachable", "refused"]


class IssuerFault(Exception):
    """A login that the issuer did not carry through: not reached, or its answer does not hold."""

    def __init__(self, why: Why, text: str) -> None:
        super().__init__(text)
        self.why: Why = why


@dataclass(frozen=True)
class Pending:
    """What a login under way must meet again: kept by the browser that began it, under lock."""

    state: str
    nonce: str
    verifier: str

    def to_plain(self) -> dict[str, str]:
        """As a dictionary of texts."""
        return asdict(self)


class Issuer:
    """One issuer, known by its discovery document (OpenID Connect Discovery 1.0)."""

    def __init__(
        self, address: str, client_id: str, secret: str, back: str, scopes: str = "openid profile"
    ) -> None:
        self.address, self.client_id, self.secret = address, client_id, secret
        self.back, self.scopes = back, scopes
        self._known: tuple[float, dict[str, Any]] | None = None
        self._keys: KeySet | None = None

    def start(self) -> tuple[str, Pending]:
        """The address to send a browser to, and what must come back. IssuerFault when it is not reached."""
        pending = Pending(*(secrets.token_urlsafe(32) for _ in range(3)))
        with self._open() as client:
            url, _ = client.create_authorization_url(
                self._discover()["authorization_endpoint"],
                state=pending.state,
                nonce=pending.nonce,
                code_verifier=pending.verifier,
            )
        return str(url), pending

    def finish(self, pending: Pending, query: Mapping[str, str]) -> dict[str, Any]:
        """The claims of who came back. IssuerFault: another state, an error of the issuer, a token that is
        not signed by it, not for us, too old, or of another login.
        """
        if not hmac.compare_digest(query.get("state", ""), pending.state):
            raise IssuerFault("refused", "another state came back")
        if query.get("iss", self.address) != self.address:  # RFC 9207
            raise IssuerFault("refused", "another issuer answered")
        if "error" in query or not query.get("code"):
            raise IssuerFault("refused", f"the issuer said {query.get('error', 'nothing')}"[:200])
        return self._check(self._exchange(query["code"], pending.verifier), pending.nonce)

    def _exchange(self, code: str, verifier: str) -> dict[str, Any]:
        try:
            with self._open() as client:
                return dict(
                    client.fetch_token(
                        self._discover()["token_endpoint"],
                        grant_type="authorization_code",
                        code=code,
                        code_verifier=verifier,
                    )
                )
        except requests.RequestException as error:
            raise IssuerFault("unreachable", str(error)) from error
        except (AuthlibBaseError, ValueError) as error:
            raise IssuerFault("refused", str(error)) from error

    def _check(self, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        options = {
            "iss": {"essential": True, "values": [self.address]},
            "aud": {"essential": True, "value": self.client_id},
            "sub": {"essential": True},
        }
        params = {"nonce": nonce, "client_id": self.client_id, "access_token": token.get("access_token")}
        try:
            found = self._decode(str(token.get("id_token", "")))
            CodeIDToken(found.claims, found.header, options, params).validate(leeway=LEEWAY)
        except (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError) as error:
            raise IssuerFault("refused", f"the token does not hold: {error}") from error
        return dict(found.claims)

    def _decode(self, text: str) -> jwt.Token:
        if self._keys is None:
            self._keys = self._fetch_keys()
        try:
            return jwt.decode(text, self._keys, algorithms=list(ALGORITHMS))
        except (JoseError, ValueError):
            self._keys = self._fetch_keys()  # the issuer may have changed its keys
            return jwt.decode(text, self._keys, algorithms=list(ALGORITHMS))

    def _fetch_keys(self) -> KeySet:
        return KeySet.import_key_set(self._get(self._discover()["jwks_uri"]))  # type: ignore[arg-type]

    def _discover(self) -> dict[str, Any]:
        if self._known is not None and time.monotonic() - self._known[0] < KEPT_SECONDS:
            return self._known[1]
        document = self._get(f"{self.address.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != self.address:
            raise IssuerFault("refused", f"{self.address}: its document names another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_secure_transport(str(document.get(name, ""))):
                raise IssuerFault("refused", f"{self.address}: {name} is missing or not https")
        self._known = (time.monotonic(), document)
        return document

    def _get(self, url: str) -> dict[str, Any]:
        if not is_secure_transport(url):
            raise IssuerFault("refused", f"{url}: an issuer is reached by https")
        try:
            answer = requests.get(url, timeout=TIMEOUT, allow_redirects=False)
            answer.raise_for_status()
            body = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise IssuerFault("unreachable", f"{url}: {error}") from error
        if not isinstance(body, dict):
            raise IssuerFault("refused", f"{url}: not an object")
        return body

    def _open(self) -> OAuth2Session:
        known = self._discover().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"
        return OAuth2Session(
            self.client_id,
            self.secret or None,
            token_endpoint_auth_method=method if self.secret else "none",
            scope=self.scopes,
            redirect_uri=self.back,
            code_challenge_method="S256",
            default_timeout=TIMEOUT,
        )
