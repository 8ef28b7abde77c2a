"""Is the body of a callback request what the renderer would send? Dash itself answers 500 to what is not."""

import json
from collections.abc import Mapping
from typing import Any

DEEPEST = 24
MOST_VALUES = 20_000
KEYS = {"output", "outputs", "inputs", "state", "changedPropIds", "parsedChangedPropsIds"}


def find_fault(body: Any, callbacks: Mapping[str, Mapping[str, Any]]) -> str | None:
    """What is wrong with a body, or None; `callbacks` is Dash's callback_map."""
    if not isinstance(body, dict):
        return "not an object"
    if not body.keys() <= KEYS:
        return "unknown key"
    if _is_excessive(body):
        return "too deep or too large"
    key = body.get("output")
    known = callbacks.get(key) if isinstance(key, str) else None
    if known is None or not isinstance(key, str):
        return "unknown output"
    changed = body.get("changedPropIds", [])
    if not isinstance(changed, list) or not all(isinstance(item, str) for item in changed):
        return "changedPropIds"
    if not _fits_outputs(body.get("outputs"), key):
        return "outputs"
    for name, expected in (("inputs", known["inputs"]), ("state", known["state"])):
        if not _fit_all(body.get(name, []), expected):
            return name
    return None


def _is_excessive(body: Any) -> bool:
    level, count = [body], 0
    for _ in range(DEEPEST):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        count += len(level)
        if not level or count > MOST_VALUES:
            break
    return bool(level)


def _fit_all(given: Any, expected: list[Mapping[str, str]]) -> bool:
    if not isinstance(given, list) or len(given) != len(expected):
        return False
    return all(_fits(item, wanted) for item, wanted in zip(given, expected, strict=True))


def _fits(item: Any, wanted: Mapping[str, str]) -> bool:
    pattern = _parse_pattern(wanted["id"])
    if pattern is None:
        return _is_reference(item, wanted["id"], wanted["property"])
    if any(value in (["ALL"], ["ALLSMALLER"]) for value in pattern.values()):
        if not isinstance(item, list):
            return False
        return all(_matches(entry, pattern, wanted["property"]) for entry in item)
    return _matches(item, pattern, wanted["property"])


def _is_reference(item: Any, name: str, prop: str) -> bool:
    return isinstance(item, dict) and item.get("id") == name and item.get("property") == prop


def _matches(item: Any, pattern: dict[str, Any], prop: str) -> bool:
    if not isinstance(item, dict) or item.get("property") != prop or not isinstance(item.get("id"), dict):
        return False
    given = item["id"]
    if given.keys() != pattern.keys():
        return False
    return all(
        isinstance(given[k], str | int | float) if isinstance(wanted, list) else given[k] == wanted
        for k, wanted in pattern.items()
    )


def _parse_pattern(name: str) -> dict[str, Any] | None:
    if not name.startswith("{"):
        return None
    pattern: dict[str, Any] = json.loads(name)
    return pattern


def _fits_outputs(given: Any, key: str) -> bool:
    """Multi-outputs are written `..a.x...b.y..`; each must be there once, in this order."""
    if not key.startswith(".."):
        return _fits_output(given, key)
    wanted = key[2:-2].split("...")
    if not isinstance(given, list) or len(given) != len(wanted):
        return False
    return all(_fits_output(item, part) for item, part in zip(given, wanted, strict=True))


def _fits_output(item: Any, part: str) -> bool:
    name, _, prop = part.rpartition(".")
    prop = prop.partition("@")[0]
    return _fits(_without_hash(item), {"id": name, "property": prop})


def _without_hash(item: Any) -> Any:
    if isinstance(item, dict) and isinstance(item.get("property"), str):
        return item | {"property": item["property"].partition("@")[0]}
    return item
