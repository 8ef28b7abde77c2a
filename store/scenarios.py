"""The planners' library: scenarios with an owner, one row a saved version; every write is audited."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from store.audit import record_audit
from store.database import Store
from store.tables import scenario_versions, scenarios
from store.types import utc_now

LARGEST_TOML = 65_536
LONGEST_TITLE, LONGEST_TAG, MOST_TAGS, MOST_SCENARIOS = 80, 24, 12, 300


class Conflict(Exception):
    """Somebody else saved after the scenario was read; open it again and decide anew."""


class LibraryFull(Exception):
    """The owner keeps as many scenarios as one may."""


@dataclass(frozen=True)
class ScenarioRow:
    """A scenario as the library lists it: whose it is, its newest version and that version's hash."""

    scenario_id: str
    owner: str
    scope: str
    title: str
    tags: tuple[str, ...]
    shared: bool
    version: int
    hash: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class VersionRow:
    """One version: its number from 1, the hash of what it does, its text, who saved it and when."""

    version: int
    hash: str
    toml: str
    saved_by: str
    saved_at: datetime


class ScenarioStore:
    """Scenarios of this store. What an owner may not see is a KeyError, as what is not there."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = utc_now) -> None:
        self.store, self.clock = store, clock

    def create(
        self,
        owner: str,
        title: str,
        toml: str,
        content_hash: str,
        *,
        scope: str = "",
        tags: Sequence[str] = (),
        actor: str = "system",
        action: str = "scenario created",
    ) -> ScenarioRow:
        """A new scenario with version 1; ValueError for a text out of bounds, LibraryFull past the limit."""
        _check_title(title)
        _check_toml(toml)
        scenario_id, now = uuid.uuid4().hex, self.clock()
        row = {
            "scenario_id": scenario_id, "owner": owner, "scope": scope, "title": title, "shared": False,
            "tags": _check_tags(tags), "version": 1, "created_at": now, "updated_at": now,
        }  # fmt: skip
        detail = {"title": title, "version": 1, "hash": content_hash}
        with self.store.write() as connection:
            mine = (scenarios.c.owner == owner) & scenarios.c.deleted_at.is_(None)
            if (connection.scalar(select(func.count()).where(mine)) or 0) >= MOST_SCENARIOS:
                raise LibraryFull(f"{MOST_SCENARIOS} scenarios: delete one first")
            connection.execute(insert(scenarios).values(**row))
            _add_version(connection, scenario_id, 1, content_hash, toml, actor, now)
            record_audit(connection, now, actor, action, scenario_id, detail)
            return _describe(_find(connection, scenario_id, owner))

    def save(
        self,
        scenario_id: str,
        owner: str,
        title: str,
        toml: str,
        content_hash: str,
        expected: int,
        actor: str = "system",
    ) -> ScenarioRow:
        """The next version; Conflict, with nothing written, where `expected` is not the newest."""
        _check_title(title)
        _check_toml(toml)
        now = self.clock()
        with self.store.write() as connection:
            row = _find_own(connection, scenario_id, owner)
            if row.version != expected:
                raise Conflict(f"version {row.version} was saved after version {expected}")
            number = expected + 1
            values = {"version": number, "title": title, "updated_at": now}
            next_one = _own(scenario_id, owner).where(scenarios.c.version == expected)
            if not connection.execute(next_one.values(**values)).rowcount:
                raise Conflict(f"version {number} is there already")
            _add_version(connection, scenario_id, number, content_hash, toml, actor, now)
            detail = {"title": title, "version": number, "hash": content_hash}
            record_audit(connection, now, actor, "scenario saved", scenario_id, detail)
            return _describe(_find(connection, scenario_id, owner))

    def open(
        self, scenario_id: str, owner: str, version: int | None = None
    ) -> tuple[ScenarioRow, VersionRow]:
        """A scenario of one's own or a shared one, and one of its versions (None: the newest)."""
        with self.store.read() as connection:
            row = _find(connection, scenario_id, owner)
            number = row.version if version is None else version
            match = (scenario_versions.c.scenario_id == scenario_id) & (scenario_versions.c.version == number)
            found = connection.execute(select(scenario_versions).where(match)).one_or_none()
        if found is None:
            raise KeyError(f"{scenario_id}: no version {number}")
        return _describe(row), _describe_version(found)

    def list_for(self, owner: str) -> list[ScenarioRow]:
        """One's own scenarios, the newest first, then those that others share."""
        query = _select().where(or_(scenarios.c.owner == owner, scenarios.c.shared.is_(True)))
        order = (scenarios.c.owner != owner, scenarios.c.updated_at.desc(), scenarios.c.scenario_id)
        with self.store.read() as connection:
            return [_describe(row) for row in connection.execute(query.order_by(*order))]

    def history(self, scenario_id: str, owner: str) -> list[VersionRow]:
        """Every version, the newest first."""
        match = scenario_versions.c.scenario_id == scenario_id
        query = select(scenario_versions).where(match).order_by(scenario_versions.c.version.desc())
        with self.store.read() as connection:
            _find(connection, scenario_id, owner)
            return [_describe_version(row) for row in connection.execute(query)]

    def duplicate(
        self, scenario_id: str, owner: str, title: str, *, scope: str = "", actor: str = "system"
    ) -> ScenarioRow:
        """One's own copy of the newest version, with its tags; what it was copied from stays as it was."""
        row, kept = self.open(scenario_id, owner)
        return self.create(
            owner, title, kept.toml, kept.hash, scope=scope, tags=row.tags, actor=actor,
            action="scenario copied",
        )  # fmt: skip

    def rename(self, scenario_id: str, owner: str, title: str, actor: str = "system") -> None:
        """Another title; no new version."""
        _check_title(title)
        self._change(scenario_id, owner, {"title": title}, "scenario renamed", actor)

    def tag(self, scenario_id: str, owner: str, tags: Sequence[str], actor: str = "system") -> None:
        """Other tags, without doubles, in the order given."""
        self._change(scenario_id, owner, {"tags": _check_tags(tags)}, "scenario tagged", actor)

    def share(self, scenario_id: str, owner: str, shared: bool, actor: str = "system") -> None:
        """Whether every planner may read it."""
        self._change(scenario_id, owner, {"shared": shared}, "scenario shared", actor)

    def delete(self, scenario_id: str, owner: str, actor: str = "system") -> None:
        """Take it out of the library; its versions stay for the audit."""
        detail = {"deleted_at": self.clock()}
        self._change(scenario_id, owner, detail, "scenario deleted", actor)

    def _change(self, scenario_id: str, owner: str, values: dict[str, Any], action: str, actor: str) -> None:
        now = self.clock()
        told = {key: value for key, value in values.items() if key != "deleted_at"}
        with self.store.write() as connection:
            _find_own(connection, scenario_id, owner)
            connection.execute(_own(scenario_id, owner).values(**values, updated_at=now))
            record_audit(connection, now, actor, action, scenario_id, told)


def _select() -> Any:
    newest = (scenario_versions.c.scenario_id == scenarios.c.scenario_id) & (
        scenario_versions.c.version == scenarios.c.version
    )
    columns = select(scenarios, scenario_versions.c.hash).join(scenario_versions, newest)
    return columns.where(scenarios.c.deleted_at.is_(None))


def _own(scenario_id: str, owner: str) -> Any:
    return update(scenarios).where(scenarios.c.scenario_id == scenario_id, scenarios.c.owner == owner)


def _find(connection: Connection, scenario_id: str, owner: str) -> Row:
    seen = or_(scenarios.c.owner == owner, scenarios.c.shared.is_(True))
    row = connection.execute(_select().where(scenarios.c.scenario_id == scenario_id, seen)).one_or_none()
    if row is None:
        raise KeyError(scenario_id)
    return row


def _find_own(connection: Connection, scenario_id: str, owner: str) -> Row:
    row = _find(connection, scenario_id, owner)
    if row.owner != owner:
        raise PermissionError("a shared scenario is read only: make a copy of your own")
    return row


def _add_version(
    connection: Connection, scenario_id: str, number: int, content_hash: str, toml: str, by: str, at: datetime
) -> None:
    values = {"version": number, "hash": content_hash, "toml": toml, "saved_by": by, "saved_at": at}
    connection.execute(insert(scenario_versions).values(scenario_id=scenario_id, **values))


def _check_title(title: str) -> None:
    if not title.strip() or len(title) > LONGEST_TITLE or not title.isprintable():
        raise ValueError(f"a title has 1 to {LONGEST_TITLE} letters that can be printed")


def _check_toml(toml: str) -> None:
    if len(toml.encode()) > LARGEST_TOML:
        raise ValueError(f"a scenario has at most {LARGEST_TOML:,} bytes")


def _check_tags(tags: Sequence[str]) -> list[str]:
    kept = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if len(kept) > MOST_TAGS or any(len(tag) > LONGEST_TAG or not tag.isprintable() for tag in kept):
        raise ValueError(f"at most {MOST_TAGS} tags of at most {LONGEST_TAG} letters")
    return kept


def _describe(row: Row) -> ScenarioRow:
    return ScenarioRow(
        row.scenario_id, row.owner, row.scope, row.title, tuple(row.tags), row.shared, row.version, row.hash,
        row.created_at, row.updated_at,
    )  # fmt: skip


def _describe_version(row: Row) -> VersionRow:
    return VersionRow(row.version, row.hash, row.toml, row.saved_by, row.saved_at)
