"""Settings of the web side, from the environment (prefix TWIN_)."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class WebSettings(BaseSettings):
    """secure_cookies: send cookies over TLS only; poll_seconds: how often screens ask for news."""

    model_config = SettingsConfigDict(env_prefix="TWIN_", frozen=True, extra="ignore")
    secure_cookies: bool = False
    poll_seconds: float = 2.0
    largest_body_bytes: int = 262_144
