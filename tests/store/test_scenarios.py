"""The library of scenarios, on SQLite and on PostgreSQL."""

import pytest

from store.audit import Audit
from store.database import Store
from store.scenarios import LARGEST_TOML, Conflict, ScenarioStore


def test_each_save_is_a_version_and_each_write_an_audit_row(store: Store) -> None:
    kept = ScenarioStore(store)
    row = kept.create("wang", "下沉", "a", "h1", tags=["减区增乡", "减区增乡", " "], actor="wang")
    assert (row.version, row.hash, row.tags, row.shared) == (1, "h1", ("减区增乡",), False)
    assert kept.save(row.scenario_id, "wang", "下沉二", "b", "h2", 1).version == 2
    with pytest.raises(Conflict):
        kept.save(row.scenario_id, "wang", "晚了", "c", "h3", 1)
    kept.rename(row.scenario_id, "wang", "新名")
    kept.tag(row.scenario_id, "wang", ["甲"])
    kept.share(row.scenario_id, "wang", True)
    assert [(v.version, v.hash, v.toml) for v in kept.history(row.scenario_id, "wang")] == [
        (2, "h2", "b"),
        (1, "h1", "a"),
    ]
    now, first = kept.open(row.scenario_id, "wang", 1)
    assert (now.title, now.tags, first.toml, first.saved_by) == ("新名", ("甲",), "a", "wang")
    kept.delete(row.scenario_id, "wang")
    with pytest.raises(KeyError):
        kept.open(row.scenario_id, "wang")
    assert [r.action.removeprefix("scenario ") for r in reversed(Audit(store).recent())] == [
        "created", "saved", "renamed", "tagged", "shared", "deleted",
    ]  # fmt: skip
    assert Audit(store).find_break() is None


def test_a_draft_is_its_owners_alone_and_a_shared_one_is_read_only_to_others(store: Store) -> None:
    kept = ScenarioStore(store)
    row = kept.create("wang", "一", "a", "h1")
    assert kept.list_for("li") == []
    for act in (kept.open, kept.history, kept.delete):
        with pytest.raises(KeyError):
            act(row.scenario_id, "li")
    kept.share(row.scenario_id, "wang", True)
    assert [r.title for r in kept.list_for("li")] == ["一"]
    count = Audit(store).count()
    with pytest.raises(PermissionError):
        kept.save(row.scenario_id, "li", "二", "b", "h2", 1)
    with pytest.raises(PermissionError):
        kept.share(row.scenario_id, "li", False)
    assert Audit(store).count() == count
    copy = kept.duplicate(row.scenario_id, "li", "二")
    assert (copy.owner, copy.hash, copy.shared) == ("li", "h1", False)
    assert [r.title for r in kept.list_for("li")] == ["二", "一"]
    assert [r.title for r in kept.list_for("wang")] == ["一"]


def test_texts_out_of_bounds_are_refused(store: Store) -> None:
    kept = ScenarioStore(store)
    for title, toml, tags in (("", "a", []), ("a" * 81, "a", []), ("a", "x" * (LARGEST_TOML + 1), [])):
        with pytest.raises(ValueError):
            kept.create("wang", title, toml, "h", tags=tags)
    with pytest.raises(ValueError):
        kept.create("wang", "a", "a", "h", tags=["x" * 25])
    assert kept.list_for("wang") == []
