"""Posts moved, spread, seconded, filled: who is where afterwards, counted by hand."""

from datetime import date

import pytest

from simulation.measures.base import share_out, split_evenly
from simulation.measures.staffing import FillVacancies, MovePosts, SecondStaff, SpreadPosts
from simulation.scenario import Scenario, find_faults
from twin.district import District
from twin.faults import DistrictFaults


def list_ids(district: District, unit: str) -> list[str]:
    """Ids of the posts in a unit."""
    return sorted(district.posts.loc[district.posts["unit"] == unit, "post_id"])


def read_rules(error: DistrictFaults) -> list[tuple[str, str]]:
    """(row, rule) of every fault."""
    return [(fault.row, fault.rule) for fault in error.faults]


def test_the_last_posts_of_a_kind_go_and_keep_id_kind_and_skills(hamlet: District) -> None:
    moved = MovePosts(from_unit="DEP", to_unit="S1a", role="squad_urban", count=2, post_kind="institution")
    after = moved.apply(hamlet)
    assert list_ids(after, "DEP") == ["DEP-1", "DEP-2", "DEP-5", "DEP-6"]
    assert list_ids(after, "S1a") == ["DEP-3", "DEP-4", "S1a-1", "S1a-2"]
    rows = after.posts.set_index("post_id").loc[["DEP-3", "DEP-4"]]
    assert rows["role"].tolist() == ["squad_urban"] * 2
    assert rows["kind"].tolist() == ["institution"] * 2 and rows["skills"].tolist() == ["", ""]


@pytest.mark.parametrize(
    "measure",
    [
        MovePosts(from_unit="DEP", to_unit="O1", role="service", count=3),
        SecondStaff(from_unit="DEP", to_unit="O2", role="service", count=2),
        SpreadPosts(role="squad_urban", count=5, by="equal"),
    ],
    ids=lambda measure: measure.kind,
)
def test_moving_is_a_zero_sum_for_every_kind_of_post(hamlet: District, measure: MovePosts) -> None:
    before, after = hamlet.posts, measure.apply(hamlet).posts
    assert after["kind"].value_counts().to_dict() == before["kind"].value_counts().to_dict()
    assert after["filled"].sum() == before["filled"].sum()
    assert after["post_id"].tolist() == before["post_id"].tolist()


def test_a_donor_keeps_its_floor_as_a_count_and_as_a_share_of_its_authorised_posts(hamlet: District) -> None:
    base = {"from_unit": "DEP", "to_unit": "O1", "role": "service"}
    assert len(list_ids(MovePosts(**base, count=3).apply(hamlet), "DEP")) == 3  # half of six stays
    for values in ({"count": 4}, {"count": 2, "floor": 5}, {"count": 1, "floor_share": 1.0}):
        with pytest.raises(DistrictFaults) as caught:
            MovePosts(**base, **values).apply(hamlet)
        assert read_rules(caught.value) == [("DEP", "floor")]
    with pytest.raises(DistrictFaults) as caught:
        MovePosts(**base, count=3, post_kind="administrative").apply(hamlet)
    assert read_rules(caught.value) == [("DEP", "too few posts")]


def test_a_floor_is_a_share_of_the_posts_authorised_before_any_measure(hamlet: District) -> None:
    base = {"from_unit": "DEP", "to_unit": "O1", "role": "service"}
    dated = {"batches": 2, "effective_from": date(2026, 5, 11)}
    for kind in (MovePosts, SecondStaff):
        assert len(list_ids(kind(**base, **dated, count=3).apply(hamlet), "DEP")) == 3
        with pytest.raises(DistrictFaults) as caught:  # two, then two: two would be left of six
            kind(**base, **dated, count=4).apply(hamlet)
        assert read_rules(caught.value) == [("DEP", "floor")]
    with pytest.raises(DistrictFaults) as caught:  # DEP can spare 3, FEW 2
        SpreadPosts(role="squad_urban", count=6, **dated).apply(hamlet)
    assert [f.rule for f in caught.value.faults] == ["floor"]
    two, two_more = (MovePosts(**base | {"to_unit": unit}, count=2) for unit in ("O1", "O2"))
    assert [(n, f.rule) for n, f in find_faults([two, two_more], hamlet)] == [(2, "floor")]


def test_all_faults_of_a_move_are_told_at_once(hamlet: District) -> None:
    with pytest.raises(DistrictFaults) as caught:
        MovePosts(from_unit="X", to_unit="Y", role="cook", count=1).apply(hamlet)
    assert read_rules(caught.value) == [
        ("X", "from_unit unknown"),
        ("Y", "to_unit unknown"),
        ("cook", "role unknown"),
    ]


def test_a_retired_post_is_no_longer_there_to_move(hamlet: District) -> None:
    posts = hamlet.posts.copy()
    posts.loc[posts["post_id"] == "FEW-4", "retires"] = "2026-05-10"
    measure = MovePosts(
        from_unit="FEW", to_unit="O1", role="service", count=1, effective_from=date(2026, 5, 11)
    )
    assert "FEW-3" in list_ids(measure.apply(hamlet.with_tables(posts=posts)), "O1")


def test_batches_come_on_their_days_and_posts_work_half_then_three_quarters_of_the_ramp(
    hamlet: District,
) -> None:
    measure = MovePosts(
        from_unit="DEP",
        to_unit="O1",
        role="service",
        count=3,
        batches=2,
        batch_days=7,
        ramp_days=5,
        effective_from=date(2026, 5, 11),
    )
    stages = Scenario(name="s", measures=(measure,)).stages(hamlet)
    shares = {
        day and day.isoformat()[5:]: dict(
            stage.posts.loc[stage.posts["unit"].eq("O1"), ["post_id", "availability"]].to_numpy()
        )
        for day, stage in stages
    }
    own = {"O1-1": 1.0, "O1-2": 1.0, "O1-3": 1.0}
    assert shares == {
        None: own,
        "05-11": own
        | {"DEP-5": 0.5, "DEP-6": 0.5},  # two of three first, the middle of five days is the third
        "05-14": own | {"DEP-5": 0.75, "DEP-6": 0.75},
        "05-16": own | {"DEP-5": 1.0, "DEP-6": 1.0},
        "05-18": own | {"DEP-5": 1.0, "DEP-6": 1.0, "DEP-4": 0.5},
        "05-21": own | {"DEP-5": 1.0, "DEP-6": 1.0, "DEP-4": 0.75},
        "05-23": own | {"DEP-5": 1.0, "DEP-6": 1.0, "DEP-4": 1.0},
    }
    assert stages[0][1] is hamlet
    assert measure.apply(hamlet).posts.equals(stages[-1][1].posts)


def test_batches_and_a_ramp_need_a_date(hamlet: District) -> None:
    with pytest.raises(DistrictFaults) as caught:
        FillVacancies(batches=2, ramp_days=3).apply(hamlet)
    assert [f.rule for f in caught.value.faults] == ["batches need a date", "ramp needs a date"]


def test_seconded_staff_stay_on_the_senders_books_for_a_share_of_their_time(hamlet: District) -> None:
    after = SecondStaff(from_unit="DEP", to_unit="O1", role="service", count=1, availability=0.6).apply(
        hamlet
    )
    row = after.posts.set_index("post_id").loc["DEP-6"]
    assert (row["unit"], row["role"], row["availability"]) == ("O1", "service", 0.6)
    assert (row["seconded_from"], row["managed_by"], row["kind"]) == ("DEP", "O1", "administrative")


def test_many_to_many_follows_what_donors_can_spare_and_what_receivers_serve(hamlet: District) -> None:
    # DEP can spare 3 of 6, FEW 2 of 4: of 4 posts 2.4 and 1.6, so 2 and 2.
    # Reports: T1 7 a day, T2 3: of 4 posts 2.8 and 1.2, so 3 and 1.
    after = SpreadPosts(role="squad_urban", count=4).apply(hamlet)
    assert list_ids(after, "DEP") == ["DEP-1", "DEP-2", "DEP-3", "DEP-4"]
    assert list_ids(after, "FEW") == ["FEW-1", "FEW-2"]
    assert len(list_ids(after, "S1a")) == 2 + 3 and len(list_ids(after, "S2a")) == 2 + 1
    with pytest.raises(DistrictFaults) as caught:
        SpreadPosts(role="squad_urban", count=6).apply(hamlet)
    assert [f.rule for f in caught.value.faults] == ["floor"]


def test_vacancies_are_filled_and_nothing_is_authorised_anew(hamlet: District) -> None:
    after = FillVacancies(place="T1", roles=("service",)).apply(hamlet)
    changed = after.posts["filled"] != hamlet.posts["filled"]
    assert after.posts.loc[changed, "post_id"].tolist() == ["O1-3"] and len(after.posts) == len(hamlet.posts)
    with pytest.raises(DistrictFaults) as caught:
        FillVacancies(place="DEP", count=1).apply(hamlet)
    assert [f.rule for f in caught.value.faults] == ["no vacancies"]


def test_a_post_left_by_retirement_is_vacant_from_its_day(hamlet: District) -> None:
    posts = hamlet.posts.copy()
    posts.loc[posts["post_id"] == "DEP-1", "retires"] = "2026-05-15"
    retiring = hamlet.with_tables(posts=posts)
    after = FillVacancies(place="DEP", effective_from=date(2026, 5, 15)).apply(retiring)
    assert after.posts.set_index("post_id").loc["DEP-1", "retires"] == ""
    with pytest.raises(DistrictFaults):
        FillVacancies(place="DEP", effective_from=date(2026, 5, 14)).apply(retiring)


def test_counts_are_shared_out_by_largest_remainders() -> None:
    assert share_out(4, [3, 2]) == [2, 2]
    assert share_out(5, [1, 1]) == [3, 2]
    assert share_out(3, [0, 0]) == [0, 0]
    assert split_evenly(7, 3) == [3, 2, 2]
