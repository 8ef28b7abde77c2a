"""Forecasts as they are kept in the store: the newest for everybody to read, the past ones to be scored."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from hub.snapshot import Coverage, Forecast
from store.notes import Notes

DEFAULTS = Path(__file__).resolve().parent.parent / "data" / "defaults" / "forecast.toml"
AHEAD = timedelta(minutes=10)  # the replay's newest events are there a tick before its clock
NEWEST, PAST = "forecast", "forecasts_past"
LEVELS = {"low90": 0.05, "low50": 0.25, "median": 0.5, "high50": 0.75, "high90": 0.95}


class ForecastPolicy(BaseModel):
    """The keys of forecast.toml; each is explained there."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    minutes: int = Field(gt=0)
    least_seconds: float = Field(ge=0)
    hours: int = Field(gt=0, le=168)
    replications: int = Field(ge=2, le=500)
    seed: int
    oldest_minutes: int = Field(gt=0)
    warning_days: int = Field(gt=0)
    warning_factor: float = Field(gt=0)
    kept: int = Field(gt=0)
    scored_days: int = Field(gt=0)


def load_policy(path: Path = DEFAULTS) -> ForecastPolicy:
    """The policy of a file; pydantic's ValidationError names each wrong key."""
    return ForecastPolicy(**tomllib.loads(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class PastFan:
    """A forecast of one origin, waiting for its hours to come: the quantiles of LEVELS after each hour."""

    origin: str
    made_at: datetime
    quantiles: Mapping[str, tuple[float, ...]]

    @property
    def hours(self) -> int:
        """The hours that it looks ahead."""
        return len(self.quantiles["median"]) - 1


class Fans:
    """The forecasts of one store."""

    def __init__(self, notes: Notes, policy: ForecastPolicy) -> None:
        self.notes, self.policy = notes, policy

    def newest(self, origin: str, now: datetime) -> Forecast | None:
        """The newest forecast of an origin; None where it is older than the policy allows, or of later."""
        body = self.notes.get(NEWEST)
        if body is None or body["origin"] != origin:
            return None
        found = unpack_forecast(body)
        age = now - found.made_at
        fresh = -AHEAD <= age <= timedelta(minutes=self.policy.oldest_minutes)
        return found if fresh else None

    def past(self) -> list[PastFan]:
        """The forecasts kept to be scored, oldest first."""
        body = self.notes.get(PAST) or {"fans": []}
        return [
            PastFan(fan["origin"], datetime.fromisoformat(fan["made_at"]), _read_quantiles(fan))
            for fan in body["fans"]
        ]

    def put(self, origin: str, forecast: Forecast) -> None:
        """Keep a forecast as the newest, and for its score."""
        body = pack_forecast(origin, forecast)
        held = (self.notes.get(PAST) or {"fans": []})["fans"]
        short = {name: body[name] for name in ("origin", "made_at", *LEVELS)}
        self.notes.set(PAST, {"fans": [*held, short][-self.policy.kept :]})
        self.notes.set(NEWEST, body)


def pack_forecast(origin: str, forecast: Forecast) -> dict[str, Any]:
    """Plain values for the store."""
    cover = forecast.coverage
    return {
        "origin": origin,
        "made_at": forecast.made_at.isoformat(),
        "times": [time.isoformat() for time in forecast.times],
        **{name: list(getattr(forecast, name)) for name in LEVELS},
        "replications": forecast.replications,
        "seed": forecast.seed,
        "threshold": forecast.threshold,
        "threshold_probability": forecast.threshold_probability,
        "coverage": None if cover is None else [cover.hours, cover.inside50, cover.inside90],
    }


def unpack_forecast(body: Mapping[str, Any]) -> Forecast:
    """The forecast of plain values."""
    return Forecast(
        times=tuple(datetime.fromisoformat(time) for time in body["times"]),
        **_read_quantiles(body),
        replications=body["replications"],
        seed=body["seed"],
        made_at=datetime.fromisoformat(body["made_at"]),
        threshold=body["threshold"],
        threshold_probability=body["threshold_probability"],
        coverage=None if body["coverage"] is None else Coverage(*body["coverage"]),
    )


def _read_quantiles(body: Mapping[str, Any]) -> dict[str, tuple[float, ...]]:
    return {name: tuple(body[name]) for name in LEVELS}
