"""Laws of walk-ins that hold in every run, on random small districts."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from simulation.measures.walkin import OpenServicePoint
from simulation.walkins import WalkinVisits, play_walkins, sample_walkins
from tests.simulation.halls import build_halls
from tests.simulation.textbook import ORIGIN
from twin.district import District

DAYS = 12
CHECKED = settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Sketch:
    """What a random district of halls is made of."""

    district: District
    seed: int

    def play(self) -> WalkinVisits:
        return play_walkins(self.district, sample_walkins(self.district, ORIGIN, DAYS, self.seed))


@st.composite
def sketches(draw: st.DrawFn) -> Sketch:
    """One to three halls over four grids, two services, minutes up to half a day, noon duty or not."""
    count = draw(st.integers(1, 3))
    lists = ["", *(draw(st.sampled_from(["", "a", "b", "a;b"])) for _ in range(count - 1))]
    points = {
        f"h{n}": (draw(st.integers(1, 3)), lists[n], draw(st.integers(0, 4)) * 1000.0) for n in range(count)
    }
    services = [
        {
            "service": s,
            "name": s,
            "per_day": draw(st.integers(0, 60)),
            "law": draw(st.sampled_from(["exponential", "lognormal", "constant", "erlang2"])),
            "minutes": draw(st.integers(1, 240)),
            "finished_share": draw(st.sampled_from([1.0, 0.6, 0.0])),
            "again_days": draw(st.sampled_from([1.0, 2.5])),
            "most_visits": draw(st.integers(1, 4)),
        }
        for s in "ab"
    ]
    noon = [{"unit": "h0", "shift": "noon", "windows": draw(st.integers(1, 2))}]
    windows = noon if draw(st.booleans()) else []
    district = build_halls(points, services, windows, grids=4, closed={"new": 1500.0})
    return Sketch(district, draw(st.integers(0, 10**6)))


@CHECKED
@given(sketches())
def test_needs_are_finished_or_still_to_come_and_visits_follow_one_another(sketch: Sketch) -> None:
    visits = sketch.play()
    table, needs = visits.table, visits.needs
    finished = set(table.loc[table["finished"], "need"])
    last = table.groupby("need").tail(1)
    to_come = set(range(len(needs))) - finished
    open_now = set(last.loc[~last["finished"], "need"])
    never_came = set(range(len(needs))) - set(table["need"])
    assert to_come == open_now | never_came
    for _, rows in table.groupby("need"):
        assert rows["visit"].tolist() == list(range(1, len(rows) + 1))
        assert (rows["arrive"].to_numpy()[1:] > rows["end"].to_numpy()[:-1]).all()
        assert rows["unit"].nunique() == 1
        assert not rows["finished"].to_numpy()[:-1].any()


@CHECKED
@given(sketches())
def test_no_window_serves_two_at_once_and_nobody_is_passed_over(sketch: Sketch) -> None:
    table = sketch.play().table
    begun = table[table["begin"] >= 0]
    assert (begun["end"] - begun["begin"] == begun["work_seconds"]).all()
    for _, rows in begun.sort_values("begin").groupby(["unit", "window"]):
        for before, after in pairwise(rows[["begin", "end"]].itertuples()):
            assert after.begin >= before.end
    for _, rows in table.groupby("unit"):
        order = rows.sort_values(["arrive", "begin"])
        waiting_last = order["begin"].where(order["begin"] >= 0, 1 << 40)
        assert waiting_last.is_monotonic_increasing


@CHECKED
@given(sketches())
def test_everybody_comes_in_opening_hours_and_is_served_by_a_window_that_was_open_then(
    sketch: Sketch,
) -> None:
    visits = sketch.play()
    spans = list_windows(visits)
    for row in visits.table[visits.table["begin"] >= 0].itertuples():
        own = spans[row.unit][row.window]
        assert any(start <= row.arrive < end for hours in spans[row.unit] for start, end in hours)
        assert any(start <= row.begin for start, _ in own)
        in_hours = any(start <= row.begin < end for start, end in own)
        last_close = max(end for start, end in own if start <= row.begin)
        assert in_hours or row.arrive < last_close


def list_windows(visits: WalkinVisits) -> dict[int, list[tuple[tuple[int, int], ...]]]:
    """Opening spans of every window, by unit row."""
    found: dict[int, list[tuple[tuple[int, int], ...]]] = {}
    for group in visits.points.groups:
        found.setdefault(int(visits.points.units[group.point]), []).extend([group.spans] * group.count)
    return found


@CHECKED
@given(sketches())
def test_the_same_seed_gives_the_same_visits_and_no_window_idles_while_somebody_waits(sketch: Sketch) -> None:
    visits = sketch.play()
    pd.testing.assert_frame_equal(visits.table, sketch.play().table)
    waited = visits.table[visits.table["begin"] > visits.table["arrive"]]
    spans = list_windows(visits)
    for row in waited.head(100).itertuples():
        here = visits.table[visits.table["unit"] == row.unit]
        busy = set(here.loc[(here["begin"] <= row.arrive) & (here["end"] > row.arrive), "window"])
        opened = {
            number
            for number, hours in enumerate(spans[row.unit])
            if any(start <= row.arrive < end for start, end in hours)
        }
        assert opened <= busy


@CHECKED
@given(sketches(), st.sampled_from([("a",), ("b",), ("a", "b")]))
def test_opening_a_point_leaves_halls_with_the_same_clients_identical(
    sketch: Sketch, services: tuple[str, ...]
) -> None:
    before = sketch.play()
    measure = OpenServicePoint(unit="new", services=services, windows=2, shift="day")
    after = Sketch(measure.apply(sketch.district), sketch.seed).play()
    assert np.array_equal(before.needs.key, after.needs.key)
    homes = [v.points.units[v.points.nearest[v.needs.service, v.needs.grid]] for v in (before, after)]
    for unit in before.points.units:
        if np.array_equal(homes[0] == unit, homes[1] == unit):
            left, right = (v.table[v.table["unit"] == unit].reset_index(drop=True) for v in (before, after))
            pd.testing.assert_frame_equal(left, right)
