"""sources.csv: every figure of the templates with its kind and source."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from twin.fictitious.templates import Template, list_rows, read_table, read_toml, split_sources

TABLES = {
    "mix.csv": ("demand", ("matter",)),
    "items.csv": ("matters", ("item",)),
    "touch.csv": ("routes", ("item", "tier", "role")),
    "waits.csv": ("waits", ("matter",)),
    "desks.csv": ("desks", ("matter", "step")),
    "duties.csv": ("duties", ("role", "duty")),
    "departments.csv": ("departments", ("number",)),
    "services.csv": ("services", ("service",)),
}
FIGURES = {
    "mix.csv": ("share", "urban", "rural", "dedicated"),
    "items.csv": ("share", "priority", "limit_value"),
    "touch.csv": ("minutes", "crew", "up_share", "holds"),
    "waits.csv": ("delay_share", "delay_value"),
    "desks.csv": ("minutes", "delay_value", "back_share"),
    "duties.csv": ("share",),
    "departments.csv": ("handlers",),
    "services.csv": ("tier", "items", "share", "minutes", "cv", "finished_share", "again_days"),
}
UNITS = {"limit_value": "limit_clock", "delay_value": "delay_clock"}
TEMPLATES = ("region.toml", "staffing.toml", "settings.toml", "walkins.toml", "opening.toml")
MARKS = {"A": "assumption", "F": "published material"}


def list_sources() -> pd.DataFrame:
    """sources.csv: parameter, value, kind, source."""
    rows = [row for name in TABLES for row in _from_table(name)]
    for name in TEMPLATES:
        rows += _from_toml(name)
    return pd.DataFrame(rows, columns=["parameter", "value", "kind", "source"])


def spell_source(mark: str) -> str:
    """`A: note; F: note` in words."""
    parts = [part.strip().partition(":") for part in mark.split(";")]
    return "; ".join(MARKS.get(sign, sign) + (f": {note.strip()}" if note else "") for sign, _, note in parts)


def _from_table(name: str) -> Iterator[dict[str, Any]]:
    prefix, keys = TABLES[name]
    for row in list_rows(read_table(name)):
        label = ".".join([prefix, *(row[key] for key in keys)])
        for figure in FIGURES[name]:
            if row[figure] in ("", "0") and figure != "holds":
                continue
            unit = row.get(UNITS.get(figure, ""), "")
            source = spell_source(row.get("source") or "A")
            yield {
                "parameter": f"{label}.{figure}",
                "value": f"{row[figure]} {unit}".strip(),
                "kind": "assumed",
                "source": source,
            }


def _from_toml(name: str) -> Iterator[dict[str, Any]]:
    template, sources = split_sources(read_toml(name))
    for path, value in _flatten(template):
        mark = next((sources[key] for key in _prefixes(path) if key in sources), "A")
        yield {"parameter": path, "value": str(value), "kind": "assumed", "source": spell_source(mark)}


def _flatten(template: Template, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in template.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _flatten(value, f"{path}.")
        elif not path.rsplit(".", 1)[-1].startswith("name"):
            yield path, value


def _prefixes(path: str) -> list[str]:
    parts = path.split(".")
    return [".".join(parts[:k]) for k in range(len(parts), 0, -1)]
