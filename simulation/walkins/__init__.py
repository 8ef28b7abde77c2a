"""Walk-in service (办件): residents' needs, trips to service points, queues at windows.

needs (drawn) -> points (where and when) -> halls (played) -> a table of visits -> figures or log rows.
"""

from simulation.walkins.figures import WalkinOutcome, measure_walkins, play_walkin_stages
from simulation.walkins.halls import WalkinVisits, play_walkins
from simulation.walkins.log import build_walkin_log
from simulation.walkins.needs import Needs, sample_walkins

__all__ = [
    "Needs",
    "WalkinOutcome",
    "WalkinVisits",
    "build_walkin_log",
    "measure_walkins",
    "play_walkin_stages",
    "play_walkins",
    "sample_walkins",
]
