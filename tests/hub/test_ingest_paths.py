"""The door: rows and tables are the same events with the same faults; what cannot be kept is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.ingest import Ingest
from hub.places import PlaceFinder
from store.database import Store
from store.event_rows import EventFaults, hash_bodies, normalise_rows
from store.events import EventStore
from twin.district import District
from twin.eventlog import COLUMNS

NOW = datetime(2026, 5, 11, 4, 0, tzinfo=UTC)
ODD: list[Any] = [
    None, "", "x", 0, 7, -1, 2.5, 2.0, "3", float("inf"), 10**12, True, [], {}, "2026-05-11T08:00:00+08:00",
    "2026-05-11T08:00:00", NOW, "1\x00", "\ud800", "a" * 300, "13812345678", float("nan"),
]  # fmt: skip


def make(district: District, **changes: Any) -> dict[str, Any]:
    row = {
        "origin": "live", "source": "s", "event_id": "1", "case_id": "c", "kind": "case", "occurred_at": NOW,
        "state": "reported", "phase": "done", "matter": district.matters["item"].iloc[0],
    }  # fmt: skip
    return row | changes


def refuse(store: Store, district: District, rows: Any) -> list[tuple[int, str, str]]:
    with pytest.raises(EventFaults) as caught:
        Ingest(EventStore(store), district, clock=lambda: NOW).accept(rows)
    assert EventStore(store).last_received() == 0
    return [(fault.row, fault.column, fault.message) for fault in caught.value.faults]


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(
        st.fixed_dictionaries({}, optional={name: st.sampled_from(ODD) for name in COLUMNS}),
        min_size=1,
        max_size=4,
    )
)
def test_rows_and_their_table_have_the_same_values_faults_and_hashes(rows: list[dict[str, Any]]) -> None:
    table = pd.DataFrame({n: pd.Series([row.get(n) for row in rows], dtype=object) for n in COLUMNS})
    one, other = normalise_rows(rows), normalise_rows(table)
    assert one == other
    safe = {n: [None if isinstance(v, str) and "\ud800" in v else v for v in c] for n, c in one[0].items()}
    assert hash_bodies(safe) == [
        hash_bodies({name: [column[row]] for name, column in safe.items()})[0] for row in range(len(rows))
    ]


def test_a_typed_table_and_its_rows_are_the_same_events(
    sqlite_store: Store, small_district: District
) -> None:
    rows = [
        make(small_district, event_id=str(n), occurred_at=NOW + timedelta(seconds=n), x=n / 3, priority=n)
        for n in range(40)
    ]
    door = Ingest(EventStore(sqlite_store), small_district, clock=lambda: NOW)
    assert {answer.status for answer in door.accept(pd.DataFrame(rows))} == {"stored"}
    assert {answer.status for answer in door.accept(rows)} == {"duplicate"}


def test_a_seam_inside_a_text_does_not_change_a_hash() -> None:
    columns, _ = normalise_rows([{"event_id": 'a"],["b', "case_id": "c"}, {"event_id": "d", "case_id": "c"}])
    alone = [hash_bodies({name: [column[row]] for name, column in columns.items()})[0] for row in (0, 1)]
    assert hash_bodies(columns) == alone


def test_every_fault_of_every_row_is_listed_once(sqlite_store: Store, small_district: District) -> None:
    rows = [
        make(small_district, matter="zz", occurred_at="2026-05-11T08:00:00", unit="nobody", x="inf"),
        make(small_district, case_id="", grid="nowhere", priority=True, close_due="2099-01-01T00:00:00Z"),
        {"event_id": "3"},
    ]
    found = refuse(sqlite_store, small_district, rows)
    assert [(row, column) for row, column, _ in found] == [
        (0, "occurred_at"), (0, "x"), (0, "matter"), (0, "unit"),
        (1, "priority"), (1, "case_id"), (1, "grid"), (1, "close_due"),
        (2, "source"), (2, "origin"), (2, "case_id"), (2, "kind"), (2, "occurred_at"), (2, "phase"),
        (2, "state"), (2, "matter"),
    ]  # fmt: skip
    assert {message for row, _, message in found if row == 2} == {"is missing"}


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("occurred_at", NOW + timedelta(hours=24, seconds=1), "more than 24 hours ahead"),
        ("occurred_at", datetime(1999, 12, 31, tzinfo=UTC), "before the year 2000"),
        ("case_id", "11010519491231002X", "identity or mobile"),
        ("reason_code", "call 13812345678", "identity or mobile"),
        ("case_id", "a\x00b", "cannot be printed"),
        ("channel", "\u202eevil", "cannot be printed"),
        ("verdict", "\ud800", "cannot be printed"),
        ("role", "r" * 201, "longer than 200"),
        ("priority", 2**31, "out of range"),
        ("task_id", 1.5, "not a whole number"),
        ("y", float("-inf"), "not a number"),
        ("unit", ["a"], "not text"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_reason(
    sqlite_store: Store, small_district: District, column: str, value: Any, words: str
) -> None:
    ((row, name, message),) = refuse(sqlite_store, small_district, [make(small_district, **{column: value})])
    assert (row, name) == (0, column) and words in message


def test_the_last_moment_allowed_is_kept(sqlite_store: Store, small_district: District) -> None:
    door = Ingest(EventStore(sqlite_store), small_district, clock=lambda: NOW)
    last = make(small_district, occurred_at=NOW + timedelta(hours=24))
    assert [answer.status for answer in door.accept([last])] == ["stored"]


def test_each_grid_has_its_own_points_and_none_lies_outside(small_district: District) -> None:
    places = small_district.places
    found = PlaceFinder(small_district).find_grids(places["x"], places["y"])
    assert found == places["grid"].tolist()
    assert PlaceFinder(small_district).find_grids([0.0], [0.0]) == [""]


def test_a_point_in_two_overlapping_grids_is_counted_once_in_the_first_by_code(
    small_district: District,
) -> None:
    grids = small_district.grids.copy()
    grids.loc[grids.index[1], "geometry"] = grids.geometry.iloc[0]
    finder = PlaceFinder(small_district.with_tables(grids=grids))
    x, y = small_district.places[["x", "y"]].iloc[0]
    assert finder.find_grids([x], [y]) == [min(grids["code"].iloc[0], grids["code"].iloc[1])]


def test_degrees_become_the_districts_metres(small_district: District) -> None:
    points = small_district.grids.to_crs("EPSG:4326").geometry.representative_point()
    metres = PlaceFinder(small_district).to_metres(points.x, points.y)
    back = PlaceFinder(small_district).find_grids(*np.array(metres).T)
    assert back == small_district.grids["code"].tolist()
