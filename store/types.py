"""Column types of our own."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class NaiveTimeError(ValueError):
    """A time without a zone was about to be stored."""


class UtcTime(TypeDecorator[datetime]):
    """A moment, kept as whole microseconds since 1970 in UTC; naive times are refused.

    One integer on every database: exact, ordered, and no driver can drop its zone.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Microseconds of an aware time."""
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """The aware time, in UTC."""
        return None if value is None else from_microseconds(value)


def to_microseconds(value: datetime) -> int:
    """Whole microseconds since 1970 of an aware time; NaiveTimeError for a naive one."""
    if value.tzinfo is None or value.utcoffset() is None:
        raise NaiveTimeError(f"{value.isoformat()}: a time needs a zone, such as +08:00")
    return (value - EPOCH) // MICROSECOND


def from_microseconds(value: int) -> datetime:
    """The time in UTC of microseconds since 1970."""
    return EPOCH + int(value) * MICROSECOND


def utc_now() -> datetime:
    """The time on this machine's clock, in UTC."""
    return datetime.now(UTC)
