"""The work calendar of the years that the chinesecalendar package knows."""

from datetime import date, timedelta

import chinese_calendar
import pandas as pd

FIRST, LAST = date(2025, 1, 1), date(2026, 12, 31)
HOLIDAYS = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
}


def list_days() -> pd.DataFrame:
    """calendar.csv from FIRST to LAST."""
    days = [FIRST + timedelta(days=k) for k in range((LAST - FIRST).days + 1)]
    return pd.DataFrame([_describe(day) for day in days])


def _describe(day: date) -> dict[str, str]:
    off, holiday = chinese_calendar.get_holiday_detail(day)
    if off and holiday:
        kind = "holiday"
    elif off:
        kind = "weekend"
    else:
        kind = "made_up_workday" if holiday or day.weekday() >= 5 else "workday"
    return {"date": day.isoformat(), "day": kind, "name": HOLIDAYS.get(holiday or "", "")}
