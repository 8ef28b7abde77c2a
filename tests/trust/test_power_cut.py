"""A power cut at any moment: what was acknowledged is on the disk."""

import random
import sqlite3
from pathlib import Path

from store.database import Store
from store.events import EventStore
from store.migrate import upgrade
from tests.store.event_examples import make_row
from tests.trust.forms import both_forms, tell
from tests.trust.power import Disk, open_engine


def count_lost(folder: Path, rows: int, cuts: int, synchronous: str = "") -> tuple[int, int, int]:
    """Acknowledge rows one by one and cut the power now and then: rows acknowledged, rows lost, syncs."""
    chance, disk = random.Random(7), Disk(f"disk-{folder.name}")
    folder.mkdir()
    store = Store(open_engine(folder / "twin.db", disk, synchronous))
    with store.write() as connection:
        upgrade(connection)
    events, acknowledged, lost = EventStore(store), 0, 0
    moments = [*sorted(chance.sample(range(rows), cuts - 1)), rows - 1]
    for number in range(rows):
        acknowledged += events.append([make_row(number)])[0].status == "stored"
        if number in moments:
            for luck in (None, random.Random(number)):
                after = disk.cut_power(folder / f"cut-{number}-{luck is None}", luck)
                lost = max(lost, acknowledged - count_rows(after))
    store.close()
    return acknowledged, lost, disk.syncs


def count_rows(path: Path) -> int:
    """Events that Python's own SQLite finds after the cut, in a file that it finds whole."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        if "events" not in tables:
            return 0  # even the schema was lost
        return int(connection.execute("SELECT count(*) FROM events").fetchone()[0])
    finally:
        connection.close()


@both_forms("rows,cuts", quick=(300, 8), full=(3_000, 60))
def test_no_acknowledged_row_is_lost_when_the_power_is_cut(tmp_path: Path, rows: int, cuts: int) -> None:
    acknowledged, lost, syncs = count_lost(tmp_path / "full", rows, cuts)
    assert acknowledged == rows
    assert lost == 0
    assert syncs >= rows
    tell(f"power cut: {lost} of {acknowledged} acknowledged rows lost in {cuts} cuts ({syncs} fsyncs)")


def test_the_model_bites_a_weaker_setting_loses_rows(tmp_path: Path) -> None:
    _, lost, _ = count_lost(tmp_path / "normal", 300, 8, "NORMAL")
    assert lost > 0
    tell(f"power cut with synchronous=NORMAL: {lost} of 300 acknowledged rows lost at worst")
