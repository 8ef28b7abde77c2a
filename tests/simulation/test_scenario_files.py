"""Scenario files as people save them."""

from pathlib import Path

import pytest

from app import main
from simulation.scenario import Scenario
from twin.faults import DistrictFaults

TEXT = 'name = "增长"\n[[measures]]\nmeasure = "scale_demand"\nfactor = 1.1\n'


def test_a_file_in_another_encoding_is_refused_in_words_and_one_with_a_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "gbk.toml").write_bytes(TEXT.encode("gb18030"))
    with pytest.raises(DistrictFaults) as caught:
        Scenario.from_file(tmp_path / "gbk.toml")
    assert [str(fault) for fault in caught.value.faults] == ["gbk.toml: not UTF-8: save the file as UTF-8"]
    (tmp_path / "marked.toml").write_text(TEXT, encoding="utf-8-sig")
    assert Scenario.from_file(tmp_path / "marked.toml").name == "增长"


def test_the_command_line_says_so_with_status_1_and_no_traceback(
    tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gbk.toml").write_bytes(TEXT.encode("gb18030"))
    words = ["simulate", str(root / "data" / "demo"), "--scenario", str(tmp_path / "gbk.toml")]
    words += ["--start", "2026-05-11", "--days", "1", "--replications", "1", "--out", str(tmp_path / "out")]
    assert main(words) == 1
    said = capsys.readouterr().err
    assert "not UTF-8" in said and "Traceback" not in said
