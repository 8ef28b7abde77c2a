"""Every measure that a scenario may hold, by its kind, in the order in which forms offer them."""

from simulation.measures.base import Measure, list_fields
from simulation.measures.cooperation import JointHandling, Whistle
from simulation.measures.demand import ScaleDemand, Surge
from simulation.measures.dispatching import AssistedDispatch, ClockRules, DispatchPolicy
from simulation.measures.ground import CloseRoads, RedrawGrids
from simulation.measures.powers import DelegatePowers, ReclaimPowers
from simulation.measures.staffing import FillVacancies, MovePosts, SecondStaff, SpreadPosts
from simulation.measures.teams import PoolEnforcement, TownshipModule
from simulation.measures.walkin import DelegateMatters, OpenServicePoint
from simulation.measures.worktime import AddSkill, CutDuties, SetShift

MEASURES: dict[str, type[Measure]] = {
    measure.kind: measure
    for measure in (
        MovePosts,
        SpreadPosts,
        SecondStaff,
        FillVacancies,
        PoolEnforcement,
        TownshipModule,
        DelegatePowers,
        ReclaimPowers,
        JointHandling,
        Whistle,
        OpenServicePoint,
        DelegateMatters,
        AssistedDispatch,
        DispatchPolicy,
        SetShift,
        CutDuties,
        AddSkill,
        RedrawGrids,
        CloseRoads,
        ClockRules,
        ScaleDemand,
        Surge,
    )
}

__all__ = ["MEASURES", "Measure", "list_fields"]
