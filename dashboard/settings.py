"""Settings of the web side, from the environment (prefix TWIN_)."""

from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict


class WebSettings(BaseSettings):
    """secure_cookies: send cookies over TLS only; poll_seconds: how often screens ask for news;

    record: `mirror` (cases are worked in another platform, each opens there) or `hub` (they are worked
    here); blank: `hub` for a fictitious district, which has no other platform, `mirror` for any other;
    production: refuse to start without what a real installation needs; key_file: the secret that case
    records and outgoing notices are locked and signed with; largest_api_bytes, largest_drop_bytes: of a
    body sent to the API, of a file dropped.
    """

    model_config = SettingsConfigDict(env_prefix="TWIN_", frozen=True, extra="ignore")
    secure_cookies: bool = False
    poll_seconds: float = 2.0
    largest_body_bytes: int = 262_144
    largest_api_bytes: int = 4_194_304
    largest_drop_bytes: int = 268_435_456
    record: Literal["", "mirror", "hub"] = ""
    production: bool = False
    key_file: Path | None = None
