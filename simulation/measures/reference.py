"""The page docs/reference/scenarios.md, made from the schemas of the measures."""

import inspect
from typing import Any

from simulation.measures import MEASURES, Measure, list_fields

HEAD = """# Scenarios

<!-- made by `python scripts/write_reference.py` from the schemas of the measures; edit those -->

A scenario is a TOML file: a `name` (not `baseline`), a `title`, a `note` for the planner, and
`[[measures]]`. It is versioned by the SHA-256 of its measures; name, title and note do not count. A
wrong key, an unknown code or a measure that cannot be is refused with every fault listed, before
anything is run. A measure with `enabled = false` stays in the file and is not put in force: the run
and the hash are those of the scenario without it. Examples: one a measure in `data/scenarios/`, all
of them with every key in `data/scenarios/example.toml`.

## Time

`effective_from` is the day on which a measure comes into force, from midnight; blank, it holds from
the beginning of the warm-up. Undated measures act first, in the order of the file; dated ones by
day, then in that order. A run passes through the stages that this makes. Measures that hold for a
whole run refuse a date: they say so below.

Measures on posts come in `batches`, `batch_days` apart, the count split evenly. Over `ramp_days` a
post works `ramp_first` of its time in the first half and `ramp_second` in the second. Both need a
date.

A measure changes the tables that it names and no other. Lists left blank mean everything. Codes of
`items` may be items or whole matters. A body is written `role@tier*posts`. Defaults that are policy
stand, with their source, in `data/defaults/levers.toml`.

## Powers and joint cases

A power works through items, never through a factor on time. Where `mandates.holds` is 0 for a body,
the step's wait for authority falls on every case of the item that the body finishes; where it is 1,
none does. The share handed up is no matter of powers in the tables of the demo district (items held
and not held are handed up alike), so delegating leaves it, unless `keep_up` says otherwise.

In a joint case the bodies to which the lead would have handed up work beside it on every case, with
all of their own minutes: no factor on time. That can drown a department that saw only some of them
before. `part` says that it gives each case only so much of its minutes; 0 stands for the share of
cases that came up to it before, so that its hours stay what they were. Such a part is an assumption
about time, and the figures hang on it. A co-handler that has no step of its own for the item works
as long as the lead. Whether joint handling closes more cases in time is a result.
"""
HOW = ("apply", "enact", "give")
TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list of texts",
}


def render_reference() -> str:
    """The whole page as Markdown, one section a measure."""
    return HEAD + "".join(_render_measure(model) for model in MEASURES.values())


def _render_measure(model: type[Measure]) -> str:
    entries = model.model_json_schema()["properties"]
    words = " ".join((inspect.getdoc(model) or "").split())
    how = " ".join(" ".join(inspect.getdoc(vars(model)[n]) or "" for n in HOW if n in vars(model)).split())
    touched = ", ".join(f"`{name}`" for name in model.touches)
    dated = "" if model.dated else " Takes no date."
    lines = [
        f"\n## `{model.kind}` {model.title_zh} {model.title_en}\n",
        " ".join(filter(None, (words, how))) + "\n",
        f"Changes {touched}.{dated}\n",
        "| key | 含义 | meaning | type | default |",
        "| --- | --- | --- | --- | --- |",
        *[_render_field(name, entries[name]) for name in list_fields(model)],
    ]
    return "\n".join(lines) + "\n"


def _render_field(name: str, entry: dict[str, Any]) -> str:
    default = _render_default(entry["default"]) if "default" in entry else "needed"
    words = [entry["title"], entry["title_en"], _render_type(entry), default]
    return f"| `{name}` | " + " | ".join(words) + " |"


def _render_type(entry: dict[str, Any]) -> str:
    words = list_words(entry)
    if words:
        kind = "some of " if entry.get("type") == "array" else ""
        return kind + ", ".join(f"`{word}`" for word in words if word)
    if is_date(entry):
        return "date"
    return TYPES[entry["type"]]


def _render_default(value: Any) -> str:
    if value in (None, "", []):
        return "blank"
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def list_words(entry: dict[str, Any]) -> list[str]:
    """The words that a field of a schema may hold; none where it is free."""
    inner = entry.get("items", entry)
    return list(inner.get("enum", [inner["const"]] if "const" in inner else []))


def is_date(entry: dict[str, Any]) -> bool:
    """Whether a field of a schema is a date, blank or not."""
    return any(part.get("format") == "date" for part in (entry, *entry.get("anyOf", [])))
