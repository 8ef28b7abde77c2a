"""Figures of indicators as text: units, and as many digits as tell them apart."""

from collections.abc import Iterable

from dashboard.formats import MINUS, is_missing
from twin.indicators import Indicator

FACTORS = {"%": 100.0}
DIGITS = {"%": 1, "h": 1, "min": 1, "cases": 0, "items": 0, "trips": 2, "ratio": 3}
SHORT = {"min", "cases", "items", "h"}  # from 100 on these stand in whole numbers
MOST = 3


def find_factor(indicator: Indicator) -> float:
    """What a value is multiplied by to be shown: shares are shown in per cent."""
    return FACTORS.get(indicator.unit, 1.0)


def find_level_digits(indicator: Indicator, value: float) -> int:
    """Digits of a level as it is shown."""
    whole = indicator.unit in SHORT and abs(value) >= 100
    return 0 if whole else DIGITS[indicator.unit]


def find_gap_digits(indicator: Indicator, value: float, ends: Iterable[float]) -> int:
    """Digits of a shown difference: more where its interval would shrink to a point or touch a false zero."""
    known = [end for end in ends if not is_missing(end)]
    whole = indicator.unit in SHORT and abs(value) >= (1000 if indicator.unit == "h" else 10)
    least = 0 if whole else max(DIGITS[indicator.unit], 1)
    return next((digits for digits in range(least, MOST) if _tells(known, digits)), MOST)


def _tells(ends: list[float], digits: int) -> bool:
    rounded = [round(end, digits) for end in ends]
    apart = len(ends) < 2 or rounded[0] != rounded[1]
    return apart and all(
        short != 0 or end == 0 or _straddles(ends) for short, end in zip(rounded, ends, strict=True)
    )


def _straddles(ends: list[float]) -> bool:
    return min(ends) <= 0 <= max(ends)


def find_cut_digits(cuts: Iterable[float]) -> int:
    """Digits in which the cuts of a scale differ from each other and from zero."""
    values = [*cuts, 0.0]
    different = len(set(values))
    return next((d for d in range(MOST) if len({round(v, d) for v in values}) == different), MOST)


def write(value: float, digits: int) -> str:
    """1,240.5 or −3.2; never −0."""
    text = f"{value:,.{digits}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", MINUS)
