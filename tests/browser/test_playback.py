"""A film in a real browser: the script reads the bytes that Python packed, and plays them."""

from datetime import date

import numpy as np
import pytest

from hub.films import pack_film, unpack_film
from hub.jobs import ExperimentSpec
from hub.studies.playback import describe
from simulation.playback import MOVES, Playback
from store.database import open_store
from store.jobs import JobStore
from tests.browser.conftest import Product
from twin.district import District

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
TOML = 'name = "more"\ntitle = "诉求增加"\n[[measures]]\nmeasure = "scale_demand"\nfactor = 1.1\n'
SPEC = ExperimentSpec((TOML,), date(2026, 5, 11), 1, 1, 7)
READ = """() => { const f = twinPlayer.get().film; return f.sides.map(s => ({
  sum: s.frames.reduce((a, v, n) => a + v * (n % 97), 0), backlog: [...s.backlog],
  moves: [...s.moves], starts: [...s.starts] })); }"""


def make_film(district: District) -> bytes:
    """A day of two sides from a formula; moves of a frame stand apart, as in a log."""
    sides = []
    for n in (1, 2):
        frames = (np.arange(288)[:, None] * n + np.arange(len(district.grids))) % 7
        moves = np.array([(5, 1, n), (3, 2, 4), (5, 3, 9)], dtype=MOVES)
        sides.append(Playback(frames.astype(np.uint8), frames.sum(axis=1).astype(np.int32), moves))
    return pack_film(describe(district, SPEC, ["baseline", "more"]), sides)


def keep_film(product: Product, body: bytes) -> str:
    """The film as a finished job of the product."""
    store = open_store(product.store)
    jobs = JobStore(store)
    job = jobs.submit("playback", SPEC.to_plain(), "test", key="film", total=2)
    while jobs.status(job).state == "queued":  # type: ignore[union-attr]
        claimed = jobs.claim("test")
        if claimed is not None and claimed.job_id != job:
            jobs.give_back(claimed.job_id, "test")
    jobs.save_result(job, "test", body, 2, 2)
    jobs.finish(job, "test", "done")
    store.close()
    return job


def test_the_script_reads_what_was_packed_and_plays_it_by_key(
    product: Product, demo_district: District
) -> None:
    body = make_film(demo_district)
    job = keep_film(product, body)
    with product.visit("admin", 1440, 900) as visit:
        visit.open(f"/playback/{job}", '.film[data-ready="1"]')
        page = visit.page
        for told, side in zip(page.evaluate(READ), unpack_film(body)[1], strict=True):
            flat = np.ascontiguousarray(side.frames.T).ravel().astype(np.int64)
            assert told["sum"] == int((flat * (np.arange(len(flat)) % 97)).sum())
            assert told["backlog"] == side.backlog.tolist()
            in_order = np.sort(side.moves, order="frame", kind="stable")
            assert sorted(zip(*[iter(told["moves"])] * 3, strict=True)) == sorted(in_order.tolist())
            assert [told["starts"][n] for n in (3, 4, 5, 6, 288)] == [0, 1, 1, 3, 3]
        page.focus(".film input[type=range]")
        page.keyboard.press("PageDown")
        page.wait_for_selector('.film[data-frame="12"]')
        assert "周一 01:00" in page.inner_text(".film-clock")
        assert f"{unpack_film(body)[1][1].backlog[12]:,}" in page.inner_text(".film-now")
        page.keyboard.press("3")
        page.keyboard.press("Space")
        page.wait_for_function("() => Number(document.querySelector('.film').dataset.frame) > 20")
        page.keyboard.press("Space")
        page.wait_for_selector('.film[data-playing=""]')
        visit.assert_clean()
