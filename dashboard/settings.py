"""Settings of the web side, from the environment (prefix TWIN_)."""

from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict


class WebSettings(BaseSettings):
    """secure_cookies: send cookies over TLS only; poll_seconds: how often screens ask for news;

    record: `mirror` (cases are worked in another platform, each opens there) or `hub` (they are worked
    here); blank: `hub` for a fictitious district, which has no other platform, `mirror` for any other;
    production: refuse to start without what a real installation needs; key_file: the secret that case
    records and outgoing notices are locked and signed with;
    oidc_issuer, oidc_client_id, oidc_client_secret_file, oidc_roles_file: another system that knows the
    people (docs/how-to/people-and-roles.md); blank: names and passwords of our own, and links, alone;
    public_url: the address that browsers use, for the way back from the issuer.
    """

    model_config = SettingsConfigDict(env_prefix="TWIN_", frozen=True, extra="ignore")
    secure_cookies: bool = False
    poll_seconds: float = 2.0
    largest_body_bytes: int = 262_144
    record: Literal["", "mirror", "hub"] = ""
    production: bool = False
    key_file: Path | None = None
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret_file: Path | None = None
    oidc_roles_file: Path | None = None
    public_url: str = ""
