"""The event store: once, in full, in order, on SQLite and on PostgreSQL."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest

from store.audit import Audit
from store.database import Store
from store.event_rows import EventFaults
from store.events import EventStore
from tests.store.event_examples import START, make_row
from twin.eventlog import COLUMNS


def statuses(answers: list) -> list[str]:
    return [answer.status for answer in answers]


def test_a_row_sent_twice_is_stored_once_and_called_a_duplicate(store: Store) -> None:
    events = EventStore(store)
    rows = [make_row(number) for number in range(6)]
    assert statuses(events.append(rows)) == ["stored"] * 6
    assert statuses(events.append(rows[2:5])) == ["duplicate"] * 3
    assert len(events.read_frame()) == 6


def test_a_row_that_stands_twice_in_one_batch_is_stored_once(store: Store) -> None:
    answers = EventStore(store).append([make_row(1), make_row(1), make_row(1, unit="other")])
    assert statuses(answers) == ["stored", "duplicate", "conflict"]


def test_the_same_id_with_another_body_is_refused_and_audited(store: Store) -> None:
    events = EventStore(store)
    events.append([make_row(1)])
    assert statuses(events.append([make_row(1, state="refused")])) == ["conflict"]
    assert events.read_frame()["state"].tolist() == ["accepted"]
    assert [row.subject for row in Audit(store).recent()] == ["hotline/e0001"]


def test_the_same_id_from_another_source_is_another_event(store: Store) -> None:
    answers = EventStore(store).append([make_row(1), make_row(1, source="police")])
    assert statuses(answers) == ["stored", "stored"]


def test_sending_again_later_is_no_conflict(store: Store) -> None:
    events = EventStore(store)
    events.append([make_row(1)])
    again = make_row(1, recorded_at=START + timedelta(days=1), seq=7)
    assert statuses(events.append([again])) == ["duplicate"]


def test_a_time_in_another_zone_is_the_same_moment(store: Store) -> None:
    events = EventStore(store)
    events.append([make_row(1)])
    shanghai = (START + timedelta(minutes=1)).astimezone(timezone(timedelta(hours=8)))
    assert statuses(events.append([make_row(1, occurred_at=shanghai)])) == ["duplicate"]
    assert events.read_frame()["occurred_at"].tolist() == [pd.Timestamp("2026-05-11T00:01Z")]


@pytest.mark.parametrize("column", ["occurred_at", "close_due"])
def test_a_naive_time_is_refused_with_its_row_and_column(store: Store, column: str) -> None:
    events = EventStore(store)
    naive = make_row(1, **{column: datetime(2026, 5, 11, 8, 0)})  # noqa: DTZ001
    with pytest.raises(EventFaults, match="needs a zone") as caught:
        events.append([make_row(0), naive])
    assert [(fault.row, fault.event_id, fault.column) for fault in caught.value.faults] == [
        (1, "e0001", column)
    ]
    assert events.read_frame().empty


def test_naive_times_of_a_table_are_refused(store: Store) -> None:
    table = pd.DataFrame([make_row(0), make_row(1)])
    table["occurred_at"] = table["occurred_at"].dt.tz_localize(None)
    with pytest.raises(EventFaults) as caught:
        EventStore(store).append(table)
    assert len(caught.value.faults) == 2


def test_all_faults_of_a_batch_are_listed_together(store: Store) -> None:
    rows = [make_row(0, case_id=""), make_row(1, priority="high"), make_row(2, occurred_at=None)]
    with pytest.raises(EventFaults) as caught:
        EventStore(store).append(rows)
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [
        (0, "case_id"),
        (1, "priority"),
        (2, "occurred_at"),
    ]


def test_what_goes_in_comes_out(store: Store) -> None:
    events = EventStore(store)
    events.append([make_row(1)])
    row = events.read_frame().iloc[0]
    assert list(row.index) == list(COLUMNS)
    assert row["occurred_at"] == pd.Timestamp("2026-05-11T00:01Z")
    assert row["recorded_at"] == pd.Timestamp("2026-05-11T00:01:05Z")
    assert (row["work_seconds"], row["priority"], row["matter"]) == (90.5, 2, "22-1")
    assert pd.isna(row["step_due"])
    assert pd.isna(row["x"])


def test_a_table_and_its_rows_are_the_same_events(store: Store) -> None:
    events = EventStore(store)
    rows = [make_row(number) for number in range(4)]
    events.append(pd.DataFrame(rows))
    assert statuses(events.append(rows)) == ["duplicate"] * 4
    assert statuses(events.append(events.read_frame())) == ["duplicate"] * 4


def test_the_log_is_ordered_by_time_source_and_id_whatever_came_first(store: Store) -> None:
    rows = [make_row(number, occurred_at=START + timedelta(minutes=number // 4)) for number in range(30)]
    shuffled = rows.copy()
    random.Random(5).shuffle(shuffled)
    events = EventStore(store)
    events.append(shuffled)
    assert events.read_frame()["event_id"].tolist() == [f"e{number:04d}" for number in range(30)]


def test_reading_by_number_meets_every_row_once(store: Store) -> None:
    events = EventStore(store)
    for start in range(0, 30, 10):
        events.append([make_row(number) for number in range(start + 9, start - 1, -1)])
    seen, last = [], 0
    while len(page := events.read_after(last, limit=7)):
        seen += page["event_id"].tolist()
        last = int(page["received_no"].iloc[-1])
    assert sorted(seen) == [f"e{number:04d}" for number in range(30)]
    assert last == events.last_received()


def test_a_reader_that_polls_misses_nothing_while_four_writers_append(store: Store) -> None:
    events, seen = EventStore(store), []

    def write(writer: int) -> None:
        for number in range(25):
            events.append([make_row(number, source=f"w{writer}")])

    def read() -> None:
        last, deadline = 0, time.monotonic() + 60
        while len(seen) < 100 and time.monotonic() < deadline:
            page = events.read_after(last)
            if len(page):
                last = int(page["received_no"].iloc[-1])
                seen.extend(zip(page["source"], page["event_id"], strict=True))

    with ThreadPoolExecutor(5) as pool:
        reader = pool.submit(read)
        list(pool.map(write, range(4)))
        reader.result()
    assert len(seen) == len(set(seen)) == 100


def test_since_until_and_origin_choose_rows(store: Store) -> None:
    events = EventStore(store)
    events.append([make_row(number, origin="sim" if number == 3 else "live") for number in range(6)])
    minute = timedelta(minutes=1)
    assert events.read_frame(since=START + 2 * minute, until=START + 5 * minute)["event_id"].tolist() == [
        "e0002",
        "e0003",
        "e0004",
    ]
    assert events.read_frame(origin="sim")["event_id"].tolist() == ["e0003"]


def test_the_rows_of_some_cases_come_in_full(store: Store) -> None:
    events = EventStore(store)
    events.append([make_row(number) for number in range(9)])
    assert events.read_cases(["c000", "c002"])["event_id"].tolist() == [
        "e0000", "e0001", "e0002", "e0006", "e0007", "e0008",
    ]  # fmt: skip
    assert events.read_cases([]).empty


def test_forgetting_a_case_takes_its_rows_of_that_source_only(store: Store) -> None:
    events = EventStore(store)
    events.append([make_row(number) for number in range(6)] + [make_row(0, source="police")])
    assert events.forget("hotline", ["c000"]) == 3
    assert events.read_frame()["case_id"].tolist() == ["c000", "c001", "c001", "c001"]
    events.append([make_row(7)])
    assert events.last_received() == 8


def test_a_large_batch_is_stored_in_full(store: Store) -> None:
    events = EventStore(store)
    rows = pd.DataFrame([make_row(number) for number in range(25_000)])
    assert set(statuses(events.append(rows))) == {"stored"}
    again = statuses(events.append(rows.sample(frac=0.1, random_state=1)))
    assert again == ["duplicate"] * 2500
    assert len(events.read_frame(columns=("event_id",))) == 25_000


def test_the_year_1999_keeps_its_order(store: Store) -> None:
    events = EventStore(store)
    events.append([make_row(1), make_row(0, occurred_at=datetime(1969, 7, 20, tzinfo=UTC))])
    assert events.read_frame()["event_id"].tolist() == ["e0000", "e0001"]
