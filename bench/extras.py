"""What runs beside the cases: the one place where the bench calls walk-ins and duties."""

from typing import Any

import numpy as np

from simulation.duties import measure_duties
from simulation.playing.visits import Visits
from simulation.walkins import play_walkins, sample_walkins
from simulation.walkins.figures import summarise_walkins
from twin.calendar import DAY
from twin.district import District


def play_walk_ins(district: District, period: Any, seed: int) -> int:
    """Play the walk-ins of a period to their figures; how many needs came up."""
    needs = sample_walkins(district, period.origin, period.warm_up + period.days, seed)
    summarise_walkins(
        play_walkins(district, needs), period.warm_up * DAY, (period.warm_up + period.days) * DAY
    )
    return len(needs)


def measure_duty_blocks(visits: Visits, period: Any) -> int:
    """The duties of a run to their figures; how many blocks of duty there were."""
    first, last = period.warm_up * DAY, (period.warm_up + period.days) * DAY
    measure_duties(visits, visits.flow.duty_blocks, first, last)
    return int(np.count_nonzero(visits.flow.duty_blocks.duty >= 0))
