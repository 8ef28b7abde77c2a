"""Settings of the web side, from the environment (prefix TWIN_)."""

from pathlib import Path
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.keys import KeyFault, read_keys, read_secret


class StartFault(Exception):
    """What a real installation lacks, all of it, in words; the server does not start."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class WebSettings(BaseSettings):
    """secure_cookies: send cookies over TLS only; poll_seconds: how often screens ask for news;

    record: `mirror` (cases are worked in another platform, each opens there) or `hub` (they are worked
    here); blank: `hub` for a fictitious district, which has no other platform, `mirror` for any other;
    production: refuse to start without what a real installation needs; key_file: the secret that case
    records and outgoing notices are locked and signed with; largest_api_bytes, largest_drop_bytes: of a
    body sent to the API, of a file dropped;
    oidc_issuer, oidc_client_id, oidc_client_secret_file, oidc_roles_file, oidc_scopes: another system that
    knows the people (docs/how-to/people-and-roles.md); blank: passwords of our own, and links, alone;
    public_url: the address that browsers use, for the way back from the issuer.
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
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret_file: Path | None = None
    oidc_roles_file: Path | None = None
    oidc_scopes: str = "openid profile"
    public_url: str = ""


def check_settings(settings: WebSettings) -> None:
    """StartFault with everything that is missing; outside production only what is given and wrong."""
    faults = _find_missing(settings) if settings.production else []
    for path in (settings.key_file, settings.oidc_client_secret_file):
        try:
            if path is not None:
                read_keys(path) if path == settings.key_file else read_secret(path)
        except KeyFault as error:
            faults.append(str(error))
    if settings.oidc_issuer and not settings.oidc_client_id:
        faults.append("TWIN_OIDC_CLIENT_ID: the name that the issuer knows this installation by is missing")
    if settings.oidc_issuer and not settings.public_url:
        faults.append(
            "TWIN_PUBLIC_URL: the address that browsers use is missing, such as https://hub.example"
        )
    if faults:
        raise StartFault(faults)


def _find_missing(settings: WebSettings) -> list[str]:
    faults: list[str] = []
    if settings.key_file is None:
        faults.append("TWIN_KEY_FILE: production needs a key file; `app.py key make /etc/twin/key`")
    if not settings.secure_cookies:
        faults.append("TWIN_SECURE_COOKIES: production sends cookies over TLS only; set it to true")
    return faults
