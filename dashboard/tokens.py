"""Colours for figures, read from the one place that holds them: assets/tokens.css."""

import re
from functools import cache
from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent / "assets"
_BLOCK = re.compile(r"(?P<selector>[^{}]+)\{(?P<body>[^{}]*)\}")
_VALUE = re.compile(r"--(?P<name>[\w-]+)\s*:\s*(?P<value>[^;]+);")


@cache
def tokens(theme: str) -> dict[str, str]:
    """Name -> value of a theme (`light`: the desk, `dark`: the wall)."""
    text = re.sub(r"/\*.*?\*/", "", (ASSETS / "tokens.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    found: dict[str, str] = {}
    for block in _BLOCK.finditer(text):
        selector = block["selector"].strip()
        if selector in (":root", f".{theme}"):
            found |= {m["name"]: m["value"].strip() for m in _VALUE.finditer(block["body"])}
    return found


def scale(theme: str, name: str) -> list[str]:
    """The steps of a map scale, in order: `scale("dark", "risk")` reads --risk-0, --risk-1, ..."""
    values = tokens(theme)
    steps: list[str] = []
    while f"{name}-{len(steps)}" in values:
        steps.append(values[f"{name}-{len(steps)}"])
    return steps
