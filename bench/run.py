"""The bench: every part in one run, CPU seconds. Ratios are held to limits, seconds are told."""

from collections.abc import Sequence
from typing import Any

from bench import demo, diagnosis, grids, optimise, playback, ratio, siting, size, studio, travel
from bench.parts import Part

KINDS = (
    ratio.PART,
    demo.MONTH,
    travel.PART,
    demo.MONTHS,
    demo.YEAR,
    size.PART,
    playback.PART,
    optimise.PART,
    studio.PART,
    grids.PART,
    siting.PART,
    diagnosis.PART,
)
PARTS: dict[str, Part] = {part.name: part for part in KINDS}


def measure_all(names: Sequence[str] = ()) -> dict[str, Any]:
    """Every figure of the parts that are named, else of all; `misses`: the limits not met, in words."""
    figures: dict[str, Any] = {}
    for name in names or PARTS:
        figures |= PARTS[name].measure()
    figures["misses"] = list_misses(figures)
    return figures


def list_misses(figures: dict[str, Any]) -> list[str]:
    """The limits that the figures do not meet; a figure that was not measured is not judged."""
    judged = (limit.judge(figures) for part in PARTS.values() for limit in part.limits)
    return [miss for miss in judged if miss is not None]


def render(figures: dict[str, Any], names: Sequence[str] = ()) -> str:
    """The figures in words."""
    lines = ["CPU seconds"]
    for name in names or PARTS:
        lines += PARTS[name].tell(figures)
    return "\n".join([*lines, *(f"MISSED: {miss}" for miss in figures["misses"])])
