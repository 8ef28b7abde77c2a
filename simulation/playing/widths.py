"""Whole numbers in no more bits than they need."""

from typing import Any

import numpy as np


def narrow(values: np.ndarray, *kinds: Any) -> np.ndarray:
    """Whole numbers in the first of some signed types that holds them all, else in int64."""
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    for kind in kinds:
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return values.astype(kind, copy=False)
    return values.astype(np.int64, copy=False)
