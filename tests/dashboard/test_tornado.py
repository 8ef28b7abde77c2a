"""The tornado says what is doubtful, and its page needs no network."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.figures.page import write_page
from dashboard.figures.tornado import draw_tornado, find_doubtful
from simulation.studies.sensitivity import COLUMNS

FACTS: dict[str, Any] = {
    "indicator": "on_time_closure", "method": "oat", "label": "fictitious", "origin": "synthesise --seed 1",
    "district": "云岫区", "district_hash": "0cb9eff4" * 8, "start": "2026-05-11", "days": 14,
    "warm_up_days": 14, "replications": 8, "seed": 3, "level": 0.95, "family": {"size": 4},
    "trajectories": None,
}  # fmt: skip
ROWS = [
    {
        "parameter": "waits", "name": "等待", "name_en": "Waits", "low": 0.5, "high": 2.0,
        "effect_low": 0.06, "effect_low_from": 0.05, "effect_low_to": 0.07,
        "effect_high": -0.10, "effect_high_from": -0.12, "effect_high_to": -0.08,
    },
    {
        "parameter": "demand", "name": "诉求量", "name_en": "Reports", "low": 0.9, "high": 1.1,
        "effect_low": 0.002, "effect_low_from": -0.001, "effect_low_to": 0.005,
        "effect_high": -0.01, "effect_high_from": -0.012, "effect_high_to": -0.008,
    },
]  # fmt: skip
TABLE = pd.DataFrame(ROWS).reindex(columns=COLUMNS).assign(method="oat")


def test_an_effect_is_doubtful_where_its_interval_holds_zero_or_is_unknown() -> None:
    assert find_doubtful(TABLE, "low").tolist() == [False, True]
    assert find_doubtful(TABLE.assign(effect_low_to=np.nan), "low").tolist() == [False, True]
    assert find_doubtful(TABLE.assign(effect_low_from=np.nan), "low").tolist() == [True, True]


def test_the_largest_is_on_top_in_points_with_whiskers_and_doubt_is_hatched() -> None:
    figure = draw_tornado(TABLE, FACTS)
    low, high, *keys = figure.data
    assert [name.split("  ")[0] for name in low.y] == ["诉求量", "等待"]  # drawn from below
    assert "Waits" in low.y[1] and "×0.5–2" in low.y[1]
    assert np.allclose(low.x, [0.2, 6]) and np.allclose(high.x, [-1, -10])
    assert np.allclose(low.error_x.array, [0.3, 1]) and np.allclose(low.error_x.arrayminus, [0.3, 1])
    assert list(low.marker.pattern.shape) == ["/", ""] and list(high.marker.pattern.shape) == ["", ""]
    assert [key.name for key in keys] == ["取低值 low", "取高值 high"]
    assert "“等待”对按期结案率影响最大：×2 时 −10.0 个百分点（−12.0 ~ −8.0）" in figure.layout.title.text
    assert "Waits moves on-time closure most: −10.0 points at ×2 (−12.0 ~ −8.0)" in figure.layout.title.text


def test_morris_draws_mean_sizes_with_their_half_widths() -> None:
    table = TABLE.assign(mu_star=[0.1, 0.004], mu_star_conf=[0.02, 0.005], sigma=0.0)
    facts = FACTS | {"method": "morris", "trajectories": 10, "family": {"size": 1}}
    bar, _ = draw_tornado(table, facts).data
    assert np.allclose(bar.x, [0.4, 10]) and np.allclose(bar.error_x.array, [0.5, 2])
    assert list(bar.marker.pattern.shape) == ["/", ""]


@pytest.mark.parametrize(
    "words", ["2026-05-11", "14 天", "seed 3", "replications 8", "fictitious", "4 个区间"]
)
def test_the_foot_names_window_seed_replications_origin_and_family(words: str) -> None:
    (foot,) = draw_tornado(TABLE, FACTS).layout.annotations
    assert words in foot.text


def test_the_page_holds_its_script_and_offers_no_way_out(tmp_path: Path) -> None:
    paths = [tmp_path / "one.html", tmp_path / "two.html"]
    for path in paths:
        write_page(draw_tornado(TABLE, FACTS), path)
    text = paths[0].read_text("utf-8")
    assert text == paths[1].read_text("utf-8")
    assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=", text) == []
    config = text[text.rindex("Plotly.newPlot") :]
    assert '"showSendToCloud": false' in config and '"displaylogo": false' in config
    assert '"plotlyServerURL": ""' in config
