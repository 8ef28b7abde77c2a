"""The watch on this machine's clock."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.clock import ClockWatch


def test_a_clock_that_was_set_is_noticed_once_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    now, passed = [datetime(2026, 5, 11, tzinfo=UTC)], [0.0]
    watch = ClockWatch(lambda: now[0], lambda: passed[0])

    def go_on(seconds: float, shown: float) -> float:
        passed[0] += seconds
        now[0] += timedelta(seconds=shown)
        return watch.check()

    assert go_on(3600, 3600) == 0.0
    assert go_on(10, 69) == 0.0  # 59 s: within a minute
    assert go_on(10, 7210) == 7200.0
    assert "+7200 s" in caplog.text and "chrony" in caplog.text
    assert go_on(10, 10) == 0.0
    assert go_on(1, -86399) == -86400.0
