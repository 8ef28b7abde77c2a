"""Lock, fill, damage, cut off, set the clock: words, 503 and a line in the log, and the hub goes on."""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import requests

from store.database import open_store
from store.events import EventStore
from tests.trust.events import make_log, to_bodies
from tests.trust.product import ROOT, Product
from tests.trust.proxy import Wire
from twin.district import District

PATIENCE = {"TWIN_PATIENCE_SECONDS": "0.5"}


@pytest.fixture(scope="module")
def bodies(small_district: District) -> Iterator[dict[str, Any]]:
    """Events, one after the other."""
    return iter(to_bodies(make_log(small_district, 500)))


@pytest.fixture(scope="module")
def running(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product on SQLite that does not wait long for a lock."""
    folder = tmp_path_factory.mktemp("running")
    with started(Product(small_folder, f"sqlite:///{folder / 'twin.db'}", folder)) as product:
        yield product


def send(product: Product, key: dict[str, str], body: dict[str, Any]) -> requests.Response:
    return requests.post(product.base + "/api/v1/events", json=body, headers=key, timeout=60)


def assert_told(product: Product, answer: requests.Response, *kinds: str) -> None:
    """503 with a reason, a message and when to come back; a line with what to do, no traceback."""
    assert answer.status_code == 503, answer.text[:500]
    said = answer.json()
    assert said["reason"] in kinds
    assert said["message"]
    assert int(answer.headers["Retry-After"]) > 0
    log = product.read_log()
    assert any(f"store {kind}: " in log for kind in kinds), log[-2000:]
    assert "Traceback" not in log, log[-4000:]


def assert_goes_on(product: Product, key: dict[str, str], bodies: Iterator[dict[str, Any]]) -> None:
    """The next event is stored, without a restart."""
    deadline = time.monotonic() + 20
    body = next(bodies)
    while (answer := send(product, key, body)).status_code == 503 and time.monotonic() < deadline:
        time.sleep(0.5)
    assert answer.status_code in (200, 201), answer.text[:500]


def test_a_locked_sqlite_file(running: Product, bodies: Iterator[dict[str, Any]]) -> None:
    key, viewer = running.make_key(), running.enter("viewer")
    assert send(running, key, next(bodies)).status_code == 201
    other = sqlite3.connect(running.store_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert_told(running, send(running, key, next(bodies)), "locked")
    assert viewer.get(running.base + "/api/wall").status_code == 200  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    assert_goes_on(running, key, bodies)


def test_a_postgresql_that_is_locked_then_cut_off_and_comes_back(
    small_folder: Path, postgres_url: str, tmp_path: Path, bodies: Iterator[dict[str, Any]]
) -> None:
    with psycopg.connect(postgres_url) as direct:
        port, where = direct.info.port, direct.info.host
    wire = Wire(where, port)
    parts = urlsplit(postgres_url)
    user = parts.netloc.rpartition("@")[0] or "postgres:"
    url = f"postgresql://{user}@127.0.0.1:{wire.port}{parts.path}"
    with started(Product(small_folder, url, tmp_path)) as product:
        key, viewer = product.make_key(), product.enter("viewer")
        assert send(product, key, next(bodies)).status_code == 201
        with psycopg.connect(postgres_url) as other:
            other.execute("LOCK TABLE counters IN ACCESS EXCLUSIVE MODE")
            assert_told(product, send(product, key, next(bodies)), "locked")
            other.rollback()
        assert_goes_on(product, key, bodies)
        wire.cut()
        assert_told(product, send(product, key, next(bodies)), "unreachable")
        page = viewer.get(product.base + "/screen", headers={"Accept": "text/html"})
        assert page.status_code == 503
        assert "数据库没有响应" in page.text
        wire.mend()
        assert_goes_on(product, key, bodies)
        assert viewer.get(product.base + "/api/wall").status_code == 200
    wire.cut()


def test_a_disk_that_takes_no_more(running: Product, bodies: Iterator[dict[str, Any]]) -> None:
    key = running.make_key()
    assert send(running, key, next(bodies)).status_code == 201
    assert running.process is not None
    limits = resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (1024, resource.RLIM_INFINITY))
    refused = [send(running, key, next(bodies)) for _ in range(2)]
    resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, limits)
    assert_told(running, refused[-1], "disk", "full")
    assert_goes_on(running, key, bodies)


@pytest.mark.trust
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk(small_folder: Path, tmp_path: Path, bodies: Iterator[dict[str, Any]]) -> None:
    with small_disk(tmp_path / "disk", megabytes=6) as disk:
        product = Product(small_folder, f"sqlite:///{disk / 'twin.db'}", tmp_path)
        with started(product):
            key = product.make_key()
            stored = [next(bodies)]
            assert send(product, key, stored[0]).status_code == 201
            fill(disk / "filler")
            refused = send_until_refused(product, key, bodies, stored)
            assert_told(product, refused, "full", "disk")
            (disk / "filler").unlink()
            assert_goes_on(product, key, bodies)
            store = open_store(product.store_url)
            kept = set(EventStore(store).read_frame(columns=("event_id",))["event_id"])
            assert {body["event_id"] for body in stored} <= kept  # what was acknowledged is there
            store.close()


@pytest.mark.trust
def test_a_damaged_page_of_the_file(sqlite_product: Product, bodies: Iterator[dict[str, Any]]) -> None:
    path = Path(sqlite_product.store_url.removeprefix("sqlite:///"))
    sqlite_product.start(**PATIENCE)
    key = sqlite_product.make_key()
    for _ in range(40):
        assert send(sqlite_product, key, next(bodies)).status_code == 201
    sqlite_product.kill()
    damage(path, "events")
    sqlite_product.start(wait=True)
    viewer = sqlite_product.enter("viewer")
    assert_told(sqlite_product, viewer.get(sqlite_product.base + "/api/wall"), "corrupt")
    page = viewer.get(sqlite_product.base + "/screen", headers={"Accept": "text/html"})
    assert page.status_code in (200, 503)  # the page is a skeleton; its figures are refused
    assert_told(sqlite_product, send(sqlite_product, key, next(bodies)), "corrupt")
    said = run_command(
        "verify", "--store", sqlite_product.store_url, "--district", str(sqlite_product.district)
    )
    assert said.returncode == 1
    assert "malformed" in said.stderr or "Tree" in said.stderr, said.stderr
    assert "Traceback" not in said.stderr
    refused = run_command("backup", "--store", sqlite_product.store_url, "--out", str(path.parent / "b.twin"))
    assert refused.returncode == 1
    assert "damaged" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.trust
@pytest.mark.parametrize("hurt", ["header", "short"])
def test_a_file_that_is_no_database_any_more_stops_the_start_in_words(
    sqlite_product: Product, hurt: str
) -> None:
    path = Path(sqlite_product.store_url.removeprefix("sqlite:///"))
    open_store(sqlite_product.store_url).close()
    whole = path.read_bytes()
    path.write_bytes(b"\xff" * 100 + whole[100:] if hurt == "header" else whole[: len(whole) // 3])
    sqlite_product.start(wait=False)
    assert sqlite_product.process is not None
    assert sqlite_product.process.wait(60) != 0
    log = sqlite_product.read_log()
    assert "twin.db" in log and ("not a database" in log or "malformed" in log), log
    assert "Traceback" not in log


def test_an_event_changed_behind_the_hubs_back_is_named(
    running: Product, bodies: Iterator[dict[str, Any]]
) -> None:
    key, changed = running.make_key(), next(bodies)
    assert send(running, key, changed).status_code == 201
    command = ("verify", "--store", running.store_url, "--district", str(running.district))
    assert run_command(*command).returncode == 0
    with sqlite3.connect(running.store_url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE events SET occurred_at = occurred_at + 60000000")
    connection.close()
    said = run_command(*command)
    assert said.returncode == 1
    assert f"hotline/{changed['event_id']}" in said.stderr


@pytest.mark.skipif(shutil.which("cc") is None, reason="a C compiler makes the library that sets the clock")
def test_a_clock_that_is_set_ahead_and_back(
    sqlite_product: Product, tmp_path: Path, bodies: Iterator[dict[str, Any]]
) -> None:
    library, shift = tmp_path / "shift.so", tmp_path / "shift"
    source = Path(__file__).with_name("shift_clock.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    shift.write_text("0")
    sqlite_product.start(LD_PRELOAD=str(library), SHIFT_CLOCK=str(shift))
    key, viewer, wall = (
        sqlite_product.make_key(),
        sqlite_product.enter("viewer"),
        sqlite_product.enter("display"),
    )
    assert [c.get(sqlite_product.base + "/api/wall").status_code for c in (viewer, wall)] == [200, 200]
    now = datetime.now(UTC).isoformat()

    shift.write_text(str(2 * 86_400))
    assert viewer.get(sqlite_product.base + "/api/wall").status_code == 401  # its twelve hours are over
    time.sleep(1.1)
    assert wall.get(sqlite_product.base + "/api/wall").status_code == 200
    assert send(sqlite_product, key, next(bodies)).status_code == 201

    shift.write_text(str(-3 * 86_400))
    refused = send(sqlite_product, key, next(bodies) | {"occurred_at": now})
    assert refused.status_code == 422
    assert "24 hours ahead" in refused.text and "clock" in refused.text
    time.sleep(1.1)
    assert wall.get(sqlite_product.base + "/api/wall").status_code == 200
    assert send(sqlite_product, key, next(bodies)).status_code == 201

    shift.write_text("0")
    time.sleep(1.1)
    assert wall.get(sqlite_product.base + "/api/wall").status_code == 200
    log = sqlite_product.read_log()
    assert "was set by +172800 s" in log and "was set by -432000 s" in log and "chrony" in log
    assert "Traceback" not in log


@contextmanager
def started(product: Product) -> Iterator[Product]:
    product.start(**PATIENCE)
    try:
        yield product
    finally:
        product.kill()


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], check=False
    )
    if mounted.returncode:
        pytest.skip("no small disk may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=False)


def fill(path: Path) -> None:
    """Write until the disk takes no more."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass


def send_until_refused(
    product: Product, key: dict[str, str], bodies: Iterator[dict[str, Any]], stored: list[dict[str, Any]]
) -> requests.Response:
    """The first refusal; a write-ahead log that was grown before takes some more."""
    for _ in range(200):
        body = next(bodies)
        answer = send(product, key, body)
        if answer.status_code != 201:
            return answer
        stored.append(body)
    raise AssertionError("the disk is full, and all was taken")


def damage(path: Path, table: str) -> None:
    """Overwrite the first page of a table."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    page, size = connection.execute(
        "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master WHERE name = ?", [table]
    ).fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * 64)


def run_command(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
