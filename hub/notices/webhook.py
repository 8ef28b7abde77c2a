"""The way out: a POST to a gateway, signed so that it can tell who sent it and that it is not sent again.

Header X-Twin-Signature is `sha256=` and the HMAC-SHA256, by the secret, of the timestamp, a dot and the body.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from pydantic_settings import BaseSettings, SettingsConfigDict

from twin.faults import DistrictFaults, Fault

SHORTEST_SECRET = 16
URL, SECRET_FILE = "TWIN_WEBHOOK_URL", "TWIN_WEBHOOK_SECRET_FILE"


def refuse_setting(name: str, rule: str, message: str) -> DistrictFaults:
    """A setting that cannot be used, told as every other fault at a start is."""
    return DistrictFaults([Fault("settings", name, rule, message)])


class WebhookSettings(BaseSettings):
    """webhook_url: where notices are posted, blank: nowhere; webhook_secret_file: holds the shared secret."""

    model_config = SettingsConfigDict(env_prefix="TWIN_", frozen=True, extra="ignore")
    webhook_url: str = ""
    webhook_secret_file: Path | None = None


@dataclass(frozen=True)
class Webhook:
    """A gateway: its address, the shared secret, how long to wait for it."""

    url: str
    secret: bytes
    timeout_seconds: float = 10.0

    def post(self, notice_id: str, message: Mapping[str, Any], now: datetime) -> str:
        """Send one message; "" where it was taken (2xx), else the reason, without address or secret."""
        body = json.dumps(message, ensure_ascii=False, sort_keys=True).encode()
        timestamp = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Twin-Notice": notice_id,
            "X-Twin-Timestamp": timestamp,
            "X-Twin-Signature": sign(self.secret, timestamp, body),
        }
        with requests.Session() as session:
            session.trust_env = False
            try:
                answer = session.post(
                    self.url, data=body, headers=headers, timeout=self.timeout_seconds, allow_redirects=False
                )
            except requests.RequestException as error:
                return type(error).__name__
        return "" if 200 <= answer.status_code < 300 else f"HTTP {answer.status_code}"


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """The signature of a body sent at a timestamp (seconds since 1970)."""
    return "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def verify(
    secret: bytes, timestamp: str, body: bytes, signature: str, now: datetime, tolerance_seconds: float = 300
) -> bool:
    """Whether a body was signed with the secret and not long ago: what a gateway does before it listens.

    Within the tolerance a gateway also keeps the ids (X-Twin-Notice) that it has taken.
    """
    try:
        age = abs(now.timestamp() - int(timestamp))
    except ValueError:
        return False
    return age <= tolerance_seconds and hmac.compare_digest(sign(secret, timestamp, body), signature)


def load_webhook(settings: WebhookSettings | None = None, timeout_seconds: float = 10.0) -> Webhook | None:
    """The gateway of the settings; None where none is configured. DistrictFaults says what to mend."""
    given = settings or WebhookSettings()
    if not given.webhook_url:
        return None
    if urlsplit(given.webhook_url).scheme not in ("http", "https"):
        raise refuse_setting(URL, "address", "write http://... or https://...")
    if given.webhook_secret_file is None:
        raise refuse_setting(SECRET_FILE, "needed", "a webhook needs a file with the shared secret")
    try:
        secret = given.webhook_secret_file.read_bytes().strip()
    except OSError as error:
        raise refuse_setting(SECRET_FILE, "unreadable", str(error.strerror)) from error
    if len(secret) < SHORTEST_SECRET:
        raise refuse_setting(SECRET_FILE, "too short", f"the secret needs {SHORTEST_SECRET} bytes or more")
    return Webhook(given.webhook_url, secret, timeout_seconds)
