"""How much reaches a unit, when, and in which words, read from a file that anyone may edit."""

import tomllib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from twin.settings import parse_window

DEFAULTS = Path(__file__).resolve().parents[2] / "data" / "defaults" / "notices.toml"


class NoticePolicy(BaseModel):
    """The keys of notices.toml; each is explained there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    per_hour: int = Field(ge=1)
    urgent_extra: int = Field(ge=0)
    quiet: str
    dedup_minutes: int = Field(ge=0)
    attempts: int = Field(ge=1)
    backoff_seconds: tuple[int, ...] = Field(min_length=1)
    timeout_seconds: float = Field(gt=0)
    fresh_minutes: int = Field(gt=0)
    tick_seconds: float = Field(gt=0)
    case_seconds: float = Field(gt=0)
    digest_lines: int = Field(ge=1)
    urgent: frozenset[str]
    texts: dict[str, tuple[str, str]]
    steps: dict[str, tuple[str, str]]
    sources: dict[str, str]

    @field_validator("quiet")
    @classmethod
    def check_quiet(cls, value: str) -> str:
        """A window of the day, which may go past midnight."""
        if value:
            parse_window(value)
        return value

    def render(self, kind: str, values: Mapping[str, Any], lang: str = "zh") -> str:
        """The words of a notice; a place without a value stays blank."""
        place = 1 if lang == "en" else 0
        words = {key: str(value) for key, value in values.items()}
        if place and "text_en" in words:
            words["text"] = words["text_en"]
        if "step" in words:
            words["step"] = self.steps.get(words["step"], (words["step"],) * 2)[place]
        return self.texts[kind][place].format_map(defaultdict(str, words))


def load_policy(path: Path = DEFAULTS) -> NoticePolicy:
    """The policy of a file; pydantic's ValidationError names each wrong key."""
    return NoticePolicy(**tomllib.loads(path.read_text(encoding="utf-8")))
