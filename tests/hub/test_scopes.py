"""What a unit may see and touch: its subtree of the organisation and the places that it serves."""

import numpy as np
import pytest

from hub.scopes import Scope, UnknownScope
from twin.district import District

HUB, OFFICE, VILLAGE, BUREAU = "990101900000", "990101001900", "990101001401", "990101901000"


def test_the_hub_and_a_blank_scope_hold_the_whole_district(demo_district: District) -> None:
    assert Scope(demo_district).grids.all() and Scope(demo_district).is_whole
    assert Scope(demo_district, HUB).grids.all()
    assert Scope(demo_district, HUB).units == frozenset(demo_district.units["code"])


def test_a_township_holds_its_villages_and_a_village_its_own_grids(demo_district: District) -> None:
    office, village = Scope(demo_district, OFFICE), Scope(demo_district, VILLAGE)
    assert village.units == {VILLAGE} and village.units < office.units
    places = demo_district.places
    assert (village.grids == (places["village"] == "990101001001").to_numpy()).all()
    assert (office.grids == (places["township"] == "990101001000").to_numpy()).all()


def test_a_department_holds_the_cases_of_its_teams_and_no_place(demo_district: District) -> None:
    bureau = Scope(demo_district, BUREAU)
    assert not bureau.grids.any() and len(bureau.units) == 5
    team = next(iter(sorted(bureau.units - {BUREAU})))
    assert bureau.holds(3, {team}) and not bureau.holds(3, {VILLAGE}) and not bureau.holds(-1, set())


def test_each_grid_belongs_to_exactly_one_township(demo_district: District) -> None:
    offices = demo_district.units.loc[demo_district.units["kind"] == "office", "code"]
    held = np.sum([Scope(demo_district, code).grids for code in offices], axis=0)
    assert (held == 1).all()


def test_an_unknown_unit_is_refused_by_name(demo_district: District) -> None:
    with pytest.raises(UnknownScope, match="123"):
        Scope(demo_district, "123")
