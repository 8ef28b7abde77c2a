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
