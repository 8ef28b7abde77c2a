"""The policy templates and name lists under data/defaults."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

FOLDER = Path(__file__).resolve().parents[2] / "data" / "defaults"
Template = dict[str, Any]


@cache
def _read_text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def read_toml(name: str) -> Template:
    """A TOML template by its file name."""
    return tomllib.loads(_read_text(name))


def read_table(name: str) -> pd.DataFrame:
    """A CSV template as text columns; blank cells are empty strings."""
    return pd.read_csv(FOLDER / name, dtype=str, keep_default_na=False)


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of a CSV template, without their `source`."""
    return list_rows(read_table(name).drop(columns="source", errors="ignore"))


def list_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as dictionaries."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def split_sources(template: Template) -> tuple[Template, Template]:
    """A TOML template without its `[sources]` section, and that section."""
    values = {key: value for key, value in template.items() if key != "sources"}
    return values, template.get("sources", {})
