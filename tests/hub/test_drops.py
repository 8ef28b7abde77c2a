"""Files of events: headings in two languages, every fault by row, all or nothing, and twice is once."""

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest

from hub.drops import Drops, load_drop_policy
from hub.ingest import Ingest
from hub.sheets import SheetFault
from store.audit import Audit
from store.database import Store
from store.event_rows import EventFaults
from store.events import EventStore
from store.source_keys import SourceKey
from twin.district import District

KEY = SourceKey("k", "grid-platform", ("drop",), 10, "", datetime(2026, 1, 1, tzinfo=UTC), None, None)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
CHINESE = "工单编号,操作时间,环节,事项,单位,来源\n"


@pytest.fixture
def drops(sqlite_store: Store, small_district: District) -> Drops:
    return Drops(Ingest(EventStore(sqlite_store), small_district, lambda: NOW), small_district)


def take(drops: Drops, content: Any) -> Any:
    raw = content if isinstance(content, bytes) else content.encode()
    return drops.take(io.BytesIO(raw), "cases.csv", KEY)


def read(drops: Drops) -> Any:
    return drops.ingest.events.read_frame()


def make_book(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_chinese_headings_words_and_names_become_the_logs_own(drops: Drops, small_district: District) -> None:
    unit, item = small_district.units.iloc[0], small_district.matters.iloc[0]
    text = f"{CHINESE}0012,2026年5月11日 8时30分,派遣,{item['item_name']},{unit['code']},NA\n"
    assert take(drops, text).stored == 1
    row = read(drops).iloc[0]
    assert (row["case_id"], row["channel"], row["source"]) == ("0012", "NA", "grid-platform")
    assert (row["state"], row["matter"], row["unit"]) == ("dispatched", item["item"], unit["code"])
    assert row["occurred_at"] == datetime(2026, 5, 11, 0, 30, tzinfo=UTC)  # 08:30 in Shanghai


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-11 08:30", "2026-05-11 08:30:00", "2026/5/11 8:30", "20260511083000",
        "2026-05-11T08:30:00+08:00", "2026-05-11T00:30:00Z", "2026年5月11日 08:30", "46153.354166667",
    ],
)  # fmt: skip
def test_every_listed_form_of_a_time_is_the_same_moment(drops: Drops, text: str) -> None:
    take(drops, f"case_id,occurred_at,state,matter\n1,{text},reported,01-1\n2,{text},reported,01-1\n")
    assert set(read(drops)["occurred_at"]) == {datetime(2026, 5, 11, 0, 30, tzinfo=UTC)}


def test_times_of_several_forms_in_one_column_are_read_one_by_one(drops: Drops) -> None:
    rows = (
        "1,2026-05-11 08:30,reported,01-1\n2,46153.5,reported,01-1\n3,2026-05-11T12:00+08:00,reported,01-1\n"
    )
    take(drops, "case_id,occurred_at,state,matter\n" + rows)
    assert [f"{moment:%H:%M}" for moment in sorted(read(drops)["occurred_at"])] == ["00:30", "04:00", "04:00"]


def test_the_same_file_again_changes_nothing_and_one_row_more_adds_one(drops: Drops) -> None:
    text = CHINESE + "".join(f"A{n},2026-05-11 08:{n:02d},上报,01-1,,hotline\n" for n in range(5))
    first, again = take(drops, text), take(drops, text)
    assert (first.stored, again.stored, again.duplicate) == (5, 0, 5)
    more = take(drops, text + "A9,2026-05-11 09:00,上报,01-1,,hotline\n")
    assert (more.stored, more.duplicate) == (1, 5)
    assert [row.action for row in Audit(drops.ingest.events.store).recent()] == ["file received"] * 2


def test_every_fault_is_listed_by_its_row_in_the_file_and_nothing_is_stored(drops: Drops) -> None:
    text = (
        "case_id,occurred_at,state,matter,经度,纬度,链接\n"
        "1,2026-05-11 08:30,reported,01-1,111.0,29.5,https://a.example/1\n"
        "\n"
        "2,2026-02-30 08:30,reported,01-1,,,\n"
        "3,2026-05-11 08:30,lost,1-1,east,29.5,ftp://a\n"
        "13812345678,2026-05-11 08:30,reported,01-1,,,\n"
    )
    with pytest.raises(EventFaults) as caught:
        take(drops, text)
    assert [(fault.row, fault.column) for fault in caught.value.faults] == [
        (4, "occurred_at"), (5, "lon"), (5, "source_url"), (5, "state"), (5, "matter"), (6, "case_id"),
    ]  # fmt: skip
    assert read(drops).empty


def test_places_become_grids_and_addresses_links(drops: Drops, small_district: District) -> None:
    point = small_district.grids.to_crs("EPSG:4326").geometry.iloc[5].representative_point()
    heading = "case_id,occurred_at,state,matter,lon,lat,source_url\n"
    rows = f"1,2026-05-11 08:30,reported,01-1,{point.x},{point.y},https://a.example/1\n"
    take(
        drops, heading + rows + "2,2026-05-11 08:30,reported,01-1,0,0,\n3,2026-05-11 08:30,reported,01-1,,,\n"
    )
    log = read(drops).set_index("case_id").sort_index()
    assert log["grid"].tolist() == [small_district.grids["code"].iloc[5], "", ""]
    assert log["x"].isna().tolist() == [False, False, True]


def test_gb18030_is_read_after_utf8_failed_and_what_was_mended_is_said(drops: Drops) -> None:
    text = f"{CHINESE}A1,2026-05-11 08:30,上报,01-1,,\u202e热线\n"
    done = take(drops, text.encode("gb18030"))
    assert done.stored == 1
    assert any("GB18030" in words for words in done.mended)
    assert read(drops)["channel"].tolist() == ["热线"]
    assert take(drops, b"\xef\xbb\xbf" + text.encode()).stored == 0  # the same, with a byte order mark


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xff\xfea\x00", "UTF-16"),
        (b"case_id\x00", "UTF-16 or a binary"),
        (b"\xd0\xcf\x11\xe0old", "old .xls"),
        (b"case_id,state\n\x81", "neither UTF-8 nor GB18030"),
        (b"PK\x03\x04cut", "cut short"),
        ("工单编号,颜色\n1,2\n".encode(), "颜色"),
        ("工单编号,案件编号\n1,2\n".encode(), "two headings mean case_id"),
        (b"case_id,occurred_at,state,matter\n", "no rows"),
        (b"case_id,occurred_at,state,matter\n1,2\n", "row 2: 2 cells under 4"),
        (b'case_id,occurred_at,state,matter\n"1,2', "line"),
        (b"case_id,occurred_at,state,matter,lon\n1,2026-05-11,reported,01-1,1\n", "longitude with latitude"),
        (b"case_id,occurred_at,state,matter,origin\n1,2026-05-11,reported,01-1,replay\n", "scope replay"),
        (",".join(["x"] * 61).encode(), "more than 60 columns"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_its_reason(drops: Drops, content: bytes, words: str) -> None:
    with pytest.raises(SheetFault, match=words):
        take(drops, content)


def test_a_workbook_keeps_zeros_words_and_dates_and_formulas_stay_text(drops: Drops) -> None:
    heading = ["案件编号", "操作时间", "环节", "事项", "来源"]
    good = make_book(heading, ["0012", datetime(2026, 5, 11, 8, 30), "上报", "01-1", "NA"])  # noqa: DTZ001
    assert take(drops, good).stored == 1
    assert read(drops)[["case_id", "channel"]].to_numpy().tolist() == [["0012", "NA"]]
    formula = make_book(heading, ["=1+1", datetime(2026, 5, 11), "=HYPERLINK()", "01-1", ""])  # noqa: DTZ001
    with pytest.raises(EventFaults, match="=HYPERLINK"):
        take(drops, formula)
    with pytest.raises(SheetFault, match="lost digits"):
        take(drops, make_book(heading, [110105194912310021, "2026-05-11", "上报", "01-1", ""]))


def test_a_bomb_and_a_sheet_too_long_are_refused(drops: Drops) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * 10_000_000)
    with pytest.raises(SheetFault, match="unpacks to"):
        take(drops, bomb.getvalue())
    crowd = io.BytesIO()
    with zipfile.ZipFile(crowd, "w") as archive:
        for number in range(501):
            archive.writestr(str(number), b"")
    with pytest.raises(SheetFault, match="501 parts"):
        take(drops, crowd.getvalue())
    limits = load_drop_policy().limits.model_copy(update={"xlsx_rows": 3, "csv_rows": 3})
    drops.policy = drops.policy.model_copy(update={"limits": limits})
    rows = [[str(n), "2026-05-11 08:30", "上报", "01-1"] for n in range(4)]
    with pytest.raises(SheetFault, match="more than 3 rows"):
        take(drops, make_book(["案件编号", "操作时间", "环节", "事项"], *rows))


def test_the_shipped_policy_knows_only_columns_of_the_log() -> None:
    from hub.senders import EXTRA, GIVEN
    from twin.eventlog import STATES

    policy = load_drop_policy()
    assert set(policy.headings) <= {*GIVEN, *EXTRA}
    assert set(policy.words["state"].values()) <= set(STATES)
    named = [heading for headings in policy.headings.values() for heading in headings]
    assert len(named) == len(set(named))
