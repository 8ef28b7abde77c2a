"""What district.toml says."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Section(BaseModel):
    """A frozen part of district.toml that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Clock(Section):
    """Working hours and the time allowed between handling and closing."""

    work_hours: tuple[str, ...] = ("08:00-12:00", "14:00-18:00")
    close_allowance_hours: float = Field(4, ge=0)

    @field_validator("work_hours")
    @classmethod
    def check_hours(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        last = 0
        for window in value:
            start, end = parse_window(window)
            if not last <= start < end:
                raise ValueError(f"{window}: windows must be in order, each with its end after its start")
            last = end
        return value


class Demand(Section):
    """How reports spread over hours and days."""

    hourly: tuple[float, ...] = (1.0,) * 24
    weekend: float = Field(1.0, ge=0)
    hotspot_share: float = Field(0.0, ge=0, le=1)
    day_dispersion: float = Field(0.0, ge=0)

    @field_validator("hourly")
    @classmethod
    def check_hourly(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if len(value) != 24 or min(value) < 0 or sum(value) <= 0:
            raise ValueError("hourly needs 24 numbers, none negative, not all zero")
        return value


class Play(Section):
    """Settings of the simulation that belong to the district."""

    self_handled_share: float = Field(0.0, ge=0, le=1)
    self_handled_minutes: float = Field(20, gt=0)
    self_handled_role: str = "grid_worker"
    overtime_minutes: float = Field(30, ge=0)
    shift_end: Literal["pause", "hand_over"] = "pause"
    joint_block_minutes: float = Field(120, ge=0)
    foot_speed_kmh: float = Field(15, gt=0)
    mode_speed_kmh: dict[Literal["foot", "ebike", "car"], float] = {"foot": 5, "ebike": 18, "car": 120}
    travel_from: Literal["base", "last"] = "base"
    return_minutes: float = Field(30, ge=0)
    leave_share: float = Field(0.0, ge=0, lt=1)
    merge_metres: float = Field(50, ge=0)
    merge_hours: float = Field(24, ge=0)
    extend_at: float = Field(0.8, gt=0, le=1)
    solved_share: float = Field(1.0, ge=0, le=1)
    satisfied_in_time: float = Field(1.0, ge=0, le=1)
    satisfied_late: float = Field(1.0, ge=0, le=1)
    warm_up_days: int = Field(14, ge=0)
    drain_days: int = Field(7, ge=0)


class DistrictSettings(Section):
    """The whole of district.toml."""

    schema_version: Literal[1] = 1
    name: str
    name_en: str = ""
    code: str
    crs: str = "EPSG:4326"
    metric_crs: str
    time_zone: str = "Asia/Shanghai"
    work_calendar: Literal["china", "weekdays", "always"] = "china"
    origin: str = ""
    licence: str = ""
    label: Literal["fictitious", "real"] = "real"
    clock: Clock = Clock()
    demand: Demand = Demand()
    channels: dict[str, float] = {"hotline": 1.0}
    play: Play = Play()

    @model_validator(mode="after")
    def check_channels(self) -> "DistrictSettings":
        if not self.channels or abs(sum(self.channels.values()) - 1) > 1e-6:
            raise ValueError("shares in [channels] must sum to 1")
        return self


def parse_window(text: str) -> tuple[int, int]:
    """Seconds of the day of "HH:MM-HH:MM"; 24:00 is allowed as an end."""
    start, _, end = text.partition("-")
    return parse_clock(start), parse_clock(end)


def parse_clock(text: str) -> int:
    """Seconds of the day of "HH:MM"."""
    hours, _, minutes = text.strip().partition(":")
    seconds = int(hours) * 3600 + int(minutes) * 60
    if not 0 <= seconds <= 86400:
        raise ValueError(f"{text}: not a time of day")
    return seconds
