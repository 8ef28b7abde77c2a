"""What a measure is told, in a line: each field that is set, its codes by name."""

from collections.abc import Callable, Mapping
from typing import Any

from dashboard.i18n import pick, t
from simulation.measures import MEASURES, Measure, list_fields

SHOWN = 4  # codes of a list that are named
Options = Callable[[str, str], list[dict[str, str]]]


def tell_measure(row: Mapping[str, Any], options: Options, lang: str) -> str:
    """The fields of a draft's measure that differ from their defaults; that none does."""
    model = MEASURES[row["measure"]]
    entries = model.model_json_schema()["properties"]
    parts = [
        f"{_shorten(entries[name], lang)}{pick(lang, '：', ': ')}"
        f"{name_value(row[name], entries[name], options, lang, short=True)}"
        for name in list_fields(model)
        if row.get(name) not in (None, "", []) and not is_default(model, name, row)
    ]
    return pick(lang, "；", "; ").join(parts) or t("plan.by_default", lang)


def _shorten(entry: Mapping[str, Any], lang: str) -> str:
    """The name of a field without what stands in brackets."""
    return pick(lang, entry["title"], entry.get("title_en", "")).split("（")[0].split(" (")[0]


def is_default(model: type[Measure], name: str, values: Mapping[str, Any]) -> bool:
    """Whether a field stands as it would if nothing were said of it."""
    field = model.model_fields[name]
    if field.is_required() or name not in values:
        return not field.is_required()
    value, default = values[name], field.get_default()
    if isinstance(default, tuple):
        return list(value) == list(default) if isinstance(value, list | tuple) else not value
    return value in (None, "") or str(value).lower() == str(default).lower() or value == default


def name_value(
    value: Any, entry: Mapping[str, Any], options: Options, lang: str, *, short: bool = False
) -> str:
    """A value of a field with the names of its codes; of a long list its first ones and how many.

    short: names without the codes that stand beside them in a control.
    """
    if isinstance(value, bool):
        return t(f"plan.{str(value).lower()}", lang)
    if value in (None, "", []):
        return t("shelf.blank", lang)
    named = {row["value"]: row["label"] for row in options(entry["of"], lang)} if entry.get("of") else {}
    named |= {word: pick(lang, *pair) for word, pair in entry.get("options", {}).items()}
    parts = value if isinstance(value, list | tuple) else [value]
    words = [named.get(str(part), str(part)).removesuffix(f" {part}" if short else "") for part in parts]
    more = [t("shelf.and_more", lang, count=len(words))] if len(words) > SHOWN else []
    return ("、" if lang == "zh" else ", ").join([*words[:SHOWN], *more])
