"""What runs beside the cases: the one place where the bench calls walk-ins and duties."""

from typing import Any

from twin.district import District


def play_walk_ins(district: District, period: Any, seed: int) -> int:
    """Play the walk-ins of a period; how many came. None are simulated yet."""
    return 0


def play_duties(flow: Any, period: Any, seed: int) -> int:
    """Play the duties of a period; how many there were. None are simulated yet."""
    return 0
