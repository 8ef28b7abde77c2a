"""Measures on demand: more or fewer reports, for good or for some days."""

from datetime import date

from pydantic import Field

from simulation.measures.base import Measure, labels
from simulation.measures.lookup import check_places
from twin.district import District
from twin.faults import DistrictFaults, Fault


class ScaleDemand(Measure):
    """Reports times a factor, for places and matters: more adds a second stream, fewer thins by case."""

    kind = "scale_demand"
    title_zh, title_en = "诉求量变化", "Scale demand"
    touches = ("demand_changes",)
    factor: float = Field(gt=0, le=5, **labels("倍数", "Factor"))
    places: tuple[str, ...] = Field((), **labels("地方（空为全区）", "Places (blank: all)", "area"))
    matters: tuple[str, ...] = Field((), **labels("事项（空为全部）", "Matters (blank: all)", "matter"))

    def apply(self, district: District) -> District:
        """A dated one begins on its day; until then every report is as it was."""
        faults = check_places(self.kind, district, self.places, self.matters)
        if faults:
            raise DistrictFaults(faults)
        change = {"kind": "scale", "factor": self.factor, "places": self.places, "matters": self.matters}
        if self.effective_from:
            change["start"] = self.effective_from.isoformat()
        return district.with_tables(demand_changes=(*district.demand_changes, change))


class Surge(Measure):
    """So many more cases of some matters at some places over some days; it moves no other case."""

    kind = "surge"
    title_zh, title_en = "突发激增", "Surge"
    touches = ("demand_changes",)
    dated = False
    places: tuple[str, ...] = Field((), **labels("地方（空为全区）", "Places (blank: all)", "area"))
    matters: tuple[str, ...] = Field((), **labels("事项（空为全部）", "Matters (blank: all)", "matter"))
    start: date = Field(**labels("开始日期", "First day"))
    days: int = Field(1, gt=0, **labels("天数", "Days"))
    cases: float = Field(gt=0, **labels("增加案件（件）", "Cases added"))

    def check_days(self) -> list[Fault]:
        """A surge has its own first day."""
        return [
            Fault(f.table, f.row, f.rule, "a surge begins on its `start`: leave this date blank")
            for f in super().check_days()
        ]

    def apply(self, district: District) -> District:
        """The cases spread over places and matters as their demand does."""
        faults = [*self.check_days(), *check_places(self.kind, district, self.places, self.matters)]
        if faults:
            raise DistrictFaults(faults)
        change = {
            "kind": "surge",
            "places": self.places,
            "matters": self.matters,
            "start": self.start.isoformat(),
            "days": self.days,
            "cases": self.cases,
        }
        return district.with_tables(demand_changes=(*district.demand_changes, change))
