"""A draw is a pure hash of what it is for: seed, case, step, occurrence, purpose."""

from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np
from scipy.special import gammaincc, gammainccinv, gammaincinv, ndtr, ndtri

MASK = (1 << 64) - 1
_M1, _M2, _GOLDEN = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0x9E3779B97F4A7C15
_NORMAL = NormalDist()


@lru_cache(maxsize=1 << 17)
def name_key(text: str) -> int:
    """A 64-bit key of a name (FNV-1a)."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def mix(value: int) -> int:
    """The splitmix64 finaliser (Steele, Lea & Flood 2014) of one integer."""
    value = (value + _GOLDEN) & MASK
    value = ((value ^ (value >> 30)) * _M1) & MASK
    value = ((value ^ (value >> 27)) * _M2) & MASK
    return value ^ (value >> 31)


def mix_array(values: np.ndarray) -> np.ndarray:
    """`mix` of an array of uint64."""
    with np.errstate(over="ignore"):
        values = values + np.uint64(_GOLDEN)
        values = (values ^ (values >> np.uint64(30))) * np.uint64(_M1)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(_M2)
        return np.asarray(values ^ (values >> np.uint64(31)))


def combine(*parts: int) -> int:
    """One key of several."""
    value = 0
    for part in parts:
        value = mix(value ^ (part & MASK))
    return value


def purpose_key(seed: int, step: str, occurrence: int, purpose: str) -> int:
    """The part of a draw's key that cases share."""
    return combine(seed, name_key(step), occurrence, name_key(purpose))


def uniform(case_key: int, purpose: int) -> float:
    """The draw of one case in (0, 1)."""
    return ((mix(case_key ^ purpose) >> 11) + 0.5) * 2.0**-53


def uniform_array(case_keys: np.ndarray, purpose: int | np.ndarray) -> np.ndarray:
    """The draws of many cases in (0, 1); equal to `uniform` bit for bit."""
    mixed = mix_array(case_keys ^ np.asarray(purpose, dtype=np.uint64))
    return ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def quantile(law: str, mean: float, cv: float, u: float) -> float:
    """The u-quantile of a law with a mean (lognormal also with a coefficient of variation)."""
    if law == "lognormal":
        variance = np.log1p(cv * cv)
        return float(mean * np.exp(np.sqrt(variance) * _NORMAL.inv_cdf(u) - variance / 2))
    return float(quantile_array(law, np.array([mean]), np.array([cv]), np.array([u]))[0])


def quantile_array(law: str, mean: Any, cv: Any, u: np.ndarray) -> np.ndarray:
    """The u-quantiles of one law: lognormal (mean, cv), exponential, constant, erlang2 (mean)."""
    if law == "exponential":
        return np.asarray(-mean * np.log1p(-u))
    if law == "lognormal":
        variance = np.log1p(np.square(cv))
        return np.asarray(mean * np.exp(np.sqrt(variance) * ndtri(u) - variance / 2))
    if law == "erlang2":
        return np.asarray(mean * gammaincinv(2.0, u) / 2.0)
    return np.broadcast_to(np.asarray(mean, dtype=float), u.shape).copy()


def survival(law: str, mean: float, cv: float, value: float) -> float:
    """The chance that a draw of a law exceeds a value."""
    if value <= 0:
        return 1.0
    if law == "exponential":
        return float(np.exp(-value / mean))
    if law == "lognormal":
        variance = np.log1p(cv * cv)
        return float(ndtr(-(np.log(value / mean) + variance / 2) / np.sqrt(variance))) if cv else 0.0
    if law == "erlang2":
        return float(gammaincc(2.0, 2.0 * value / mean))
    return 1.0 if value < mean else 0.0


def survival_quantile(law: str, mean: float, cv: float, chance: float) -> float:
    """The value that a draw of a law exceeds with a chance; the inverse of `survival`."""
    chance = max(chance, 1e-300)
    if law == "exponential":
        return float(-mean * np.log(chance))
    if law == "lognormal":
        variance = np.log1p(cv * cv)
        return float(mean * np.exp(-np.sqrt(variance) * ndtri(chance) - variance / 2))
    if law == "erlang2":
        return float(mean * gammainccinv(2.0, chance) / 2.0)
    return mean
