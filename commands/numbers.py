"""Numbers given on the command line."""

import argparse
from collections.abc import Callable


def not_negative(text: str) -> int:
    """A whole number from 0."""
    return at_least(0)(text)


def at_least(least: int) -> Callable[[str], int]:
    """A parser of whole numbers from `least`."""

    def parse(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"at least {least}")
        return value

    return parse


def positive(text: str) -> float:
    """A number above 0."""
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError("above 0")
    return value
