"""`app.py grids`: cells in, grids and the grid of each cell out; every fault told, none as a traceback."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import app
from tests.twin.gridding.examples import make_board


def test_grids_of_a_file_are_written_with_their_loads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board = make_board(8, 4).to_crs("EPSG:4326")
    board["village"] = np.where(np.arange(32) % 8 < 3, "A", "B")
    board.to_file(tmp_path / "cells.geojson", driver="GeoJSON")
    words = ["grids", "--cells", str(tmp_path / "cells.geojson"), "--count", "8", "--balance", "work"]
    words += ["--within", "village", "--out", str(tmp_path / "out" / "grids.geojson")]
    assert app.main(words) == 0
    told = capsys.readouterr().out
    assert told.startswith("8 grids of 32 cells, 0 of them broken\n") and "0.00%" in told
    grids = gpd.read_file(tmp_path / "out" / "grids.geojson")
    assert grids["code"].tolist() == ["A001", "A002", "A003", "B001", "B002", "B003", "B004", "B005"]
    assert grids["load"].tolist() == [4] * 8 and (grids.geometry.geom_type == "Polygon").all()
    cells = pd.read_csv(tmp_path / "out" / "grids.geojson.cells.csv")
    assert cells["grid"].value_counts().to_dict() == dict.fromkeys(grids["code"], 4)


def test_what_is_wrong_with_the_cells_is_listed_and_the_status_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_board(2, 1, [1, -1]).to_file(tmp_path / "cells.gpkg")
    (tmp_path / "text.geojson").write_text("no layer", "utf-8")
    out = str(tmp_path / "grids.geojson")
    for name, within, told in (
        ("cells.gpkg", "hamlet", ["cells [hamlet]: column", "cells [row 2]: work", "2 faults"]),
        ("text.geojson", "village", ["cells [text.geojson]: unreadable", "1 faults"]),
        ("none.gpkg", "village", ["no such file"]),
    ):
        words = ["--cells", str(tmp_path / name), "--count", "3", "--balance", "work", "--within", within]
        assert app.main(["grids", *words, "--out", out]) == 1
        errors = capsys.readouterr().err
        assert all(part in errors for part in told), errors
    with pytest.raises(SystemExit) as wrong:
        app.main(["grids", "--cells", "x", "--count", "0", "--balance", "work", "--out", out])
    assert wrong.value.code == 2
