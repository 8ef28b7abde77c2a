"""Cases of a small simulated district as another system would send them."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from simulation.experiment import simulate_log
from twin.district import District
from twin.eventlog import TIMES

FIRST_DAY = date(2025, 3, 3)
DAYS_A_THOUSAND = 2.1
SENT = (
    "event_id", "case_id", "kind", "occurred_at", "state", "phase", "tier", "unit", "role", "lead_unit",
    "work_seconds", "channel", "matter", "grid", "x", "y", "priority", "step_due", "handling_due",
    "close_due",
)  # fmt: skip


def make_log(
    district: District, count: int, source: str = "hotline", days: int = 0, recent: bool = False
) -> pd.DataFrame:
    """The first `count` events of a simulated log, as live ones of a source; work in odd fractions.

    recent: moved by whole weeks, so that the last of them happened within the last seven days.
    """
    log = _simulate(district, count, days or max(5, round(count / 1000 * DAYS_A_THOUSAND))).iloc[:count]
    if recent:
        log = log.assign(**{name: log[name] + _weeks_to_now(log["occurred_at"].max()) for name in TIMES})
    ids = log["case_id"].astype(str) + "-" + log["seq"].astype(str).str.zfill(3)
    fractions = log["work_seconds"].astype(float) + np.where(
        log["work_seconds"] > 0, np.arange(count) % 7 / 10, 0
    )
    return log.assign(
        origin=np.full(count, "live", dtype=object),
        source=np.full(count, source, dtype=object),
        event_id=ids,
        work_seconds=fractions,
    )


def _simulate(district: District, count: int, days: int) -> pd.DataFrame:
    log = simulate_log(district, FIRST_DAY, days, 1)
    return log if len(log) >= count else _simulate(district, count, 1 + days * 5 // 4)


def _weeks_to_now(last: pd.Timestamp) -> pd.Timedelta:
    return pd.Timedelta(weeks=(pd.Timestamp.now(tz="UTC") - last) // pd.Timedelta(weeks=1))


def to_bodies(log: pd.DataFrame) -> list[dict[str, Any]]:
    """Events as JSON objects: times with their zone, blanks left out."""
    plain = log[list(SENT)].copy()
    for name in SENT:
        if name in TIMES:
            plain[name] = plain[name].map(lambda value: None if pd.isna(value) else value.isoformat())
        elif plain[name].dtype == "category":
            plain[name] = plain[name].astype(object)
    records = plain.to_dict("records")
    return [{key: value for key, value in row.items() if not _is_blank(value)} for row in records]


def _is_blank(value: Any) -> bool:
    return value is None or value == "" or value != value  # noqa: PLR0124
