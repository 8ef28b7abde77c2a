"""Where to put points: p-median and maximal covering, each answer with a bound and its gap.

problem (costs, count) -> relaxation and interchange -> HiGHS on what is left open -> a Siting.
"""

from simulation.siting.problem import Siting, SitingProblem, build_covering, build_median
from simulation.siting.solve import solve_siting

__all__ = ["Siting", "SitingProblem", "build_covering", "build_median", "solve_siting"]
