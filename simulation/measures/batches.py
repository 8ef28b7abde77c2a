"""Measures on posts that come in dated batches, each post working up to its full time over a ramp."""

from abc import abstractmethod
from datetime import date, timedelta

from pydantic import Field

from simulation.measures.base import DEFAULTS, Action, Measure, fault, labels, play_actions
from simulation.measures.moving import set_share
from twin.district import District
from twin.faults import DistrictFaults, Fault

POSTS = DEFAULTS["posts"]
KINDS = {
    "": ("不限", "any"),
    "administrative": ("行政", "administrative"),
    "institution": ("事业", "public institution"),
    "contract": ("聘用", "contract"),
}


class BatchMeasure(Measure):
    """A measure on posts in batches with a ramp; a batch is `enact`."""

    batches: int = Field(1, ge=1, le=60, **labels("批次", "Batches"))
    batch_days: int = Field(POSTS["batch_days"], ge=1, **labels("批间天数", "Days between batches"))
    ramp_days: int = Field(0, ge=0, **labels("磨合天数", "Days of the ramp"))
    ramp_first: float = Field(
        POSTS["ramp_first"], ge=0, le=1, **labels("磨合前半可用", "Time worked, first half of the ramp")
    )
    ramp_second: float = Field(
        POSTS["ramp_second"], ge=0, le=1, **labels("磨合后半可用", "Time worked, second half")
    )

    @abstractmethod
    def enact(
        self, district: District, origin: District, batch: int, day: date | None
    ) -> tuple[District, list[str]]:
        """One batch put in force on its day: the district and the ids of its posts.

        origin: the district without any measure.
        """

    def apply(self, district: District) -> District:
        """All batches in force, every ramp over."""
        faults: list[tuple[int, Fault]] = []
        actions = [(0, action) for action in self.schedule()]
        stages = list(play_actions(actions, district, faults))
        if faults:
            raise DistrictFaults([f for _, f in faults])
        return stages[-1][1]

    def check_days(self) -> list[Fault]:
        """Batches and ramps need a first day to count from."""
        faults = super().check_days()
        if self.effective_from is None and self.batches > 1:
            faults.append(fault(self.kind, "batches", "batches need a date", "give `effective_from` a day"))
        if self.effective_from is None and self.ramp_days > 0:
            faults.append(fault(self.kind, "ramp_days", "ramp needs a date", "give `effective_from` a day"))
        return faults

    def schedule(self) -> list[Action]:
        """One action a batch; each adds the two ends of its ramp."""
        faults = self.check_days()
        if faults:
            raise DistrictFaults(faults)
        return [self._plan_batch(number) for number in range(self.batches)]

    def _plan_batch(self, number: int) -> Action:
        first = self.effective_from
        day = first and first + timedelta(days=number * self.batch_days)

        def enact(district: District, origin: District) -> tuple[District, list[Action]]:
            changed, ids = self.enact(district, origin, number, day)
            return (changed, []) if day is None or not self.ramp_days else self._ramp(changed, ids, day)

        return Action(day, enact)

    def _ramp(self, district: District, ids: list[str], day: date) -> tuple[District, list[Action]]:
        """The posts at their first share now, at the second from the middle of the ramp, whole at its end."""
        posts = district.posts
        whole = dict(posts.loc[posts["post_id"].isin(ids), ["post_id", "availability"]].to_numpy())

        def set_part(now: District, part: float) -> District:
            return now.with_tables(posts=set_share(now.posts, {i: v * part for i, v in whole.items()}))

        def plan_part(days: int, part: float) -> Action:
            return Action(day + timedelta(days=days), lambda now, _: (set_part(now, part), []))

        middle, end = (self.ramp_days + 1) // 2, self.ramp_days
        later = [plan_part(middle, self.ramp_second), plan_part(end, 1.0)]
        return set_part(district, self.ramp_first), later
