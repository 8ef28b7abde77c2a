"""A small hand-made log that the store's tests share."""

from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 5, 11, 0, 0, tzinfo=UTC)


def make_row(number: int, **changes: Any) -> dict[str, Any]:
    """One move: case `number // 3`, a minute after the move before it."""
    row = {
        "origin": "live",
        "source": "hotline",
        "event_id": f"e{number:04d}",
        "case_id": f"c{number // 3:03d}",
        "kind": "case",
        "occurred_at": START + timedelta(minutes=number),
        "recorded_at": START + timedelta(minutes=number, seconds=5),
        "state": ("reported", "accepted", "closed")[number % 3],
        "phase": "done",
        "unit": "990101001001",
        "work_seconds": 90.5,
        "matter": "22-1",
        "priority": 2,
        "close_due": START + timedelta(hours=8),
    }
    return row | changes
