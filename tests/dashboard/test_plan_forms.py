"""What the plan page says of a draft before it is run."""

from dashboard.plan.forms import describe_calendar
from twin.district import District


def test_a_year_that_the_work_calendar_does_not_know_is_said_beside_the_form(demo_district: District) -> None:
    assert describe_calendar(demo_district, "2026-05-11", 30, "zh") == []
    (text,) = describe_calendar(demo_district, "2031-05-11", 30, "zh")
    assert "2031" in text and "节假日" in text
    (text,) = describe_calendar(demo_district, "2026-12-20", 30, "en")
    assert "2027" in text


def test_blank_or_odd_dates_say_nothing(demo_district: District) -> None:
    for start, days in ((None, 30), ("soon", 30), ("2026-05-11", None), ("9999-12-31", 30)):
        assert describe_calendar(demo_district, start, days, "zh") == []
