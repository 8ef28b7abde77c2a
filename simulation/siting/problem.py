"""What is placed, and what is known of a set of places: its value, a bound, the gap between them."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from twin.faults import refuse, within
from twin.fictitious.templates import read_toml

POLICY = read_toml("siting.toml")
PROVEN_GAP = float(POLICY["search"]["proven_gap"])


@dataclass(frozen=True)
class SitingProblem:
    """Choose `count` candidates so that the sum over demands of the least cost is least.

    costs: demands x candidates, finite and not negative, weights already in them. Points that stand and stay
    cap a demand's costs (`build_median`); covering costs a demand's weight where no point reaches it
    (`build_covering`), which makes it a p-median too (Church & ReVelle, Geographical Analysis 8, 1976).
    """

    costs: np.ndarray
    count: int

    def __post_init__(self) -> None:
        some = self.costs.ndim == 2 and self.costs.size > 0
        finite = bool(np.isfinite(self.costs).all() and (self.costs >= 0).all())
        refuse(
            "siting",
            [
                ("costs", "nothing to place", some, "there is no demand, or no candidate to choose from"),
                ("costs", "not finite", finite, "each must be a finite number from 0"),
            ],
        )
        refuse("siting", [within("count", self.count, 1, self.costs.shape[1])])

    def measure(self, sites: Iterable[int]) -> float:
        """The value of a set of candidates."""
        return float(self.costs[:, list(sites)].min(axis=1).sum())


@dataclass(frozen=True)
class Siting:
    """A set of candidates (ascending), its value, and a bound below which no set's value lies.

    method: what gave the bound. The answer is called proven by value and bound alone, whatever a solver
    says of itself.
    """

    sites: tuple[int, ...]
    value: float
    bound: float
    method: str

    @property
    def gap(self) -> float:
        """(value - bound) / bound; infinite where the bound is 0 and the value is not."""
        return measure_gap(self.value, self.bound)

    @property
    def proven(self) -> bool:
        """Whether no better set can be told from this one."""
        return self.gap <= PROVEN_GAP


def measure_gap(value: float, bound: float) -> float:
    """(value - bound) / bound, not negative."""
    if value <= bound:
        return 0.0
    return (value - bound) / bound if bound > 0 else float("inf")


def build_median(
    weights: np.ndarray, seconds: np.ndarray, count: int, standing: np.ndarray | None = None
) -> SitingProblem:
    """The p-median: weighted travel seconds to the nearest point (Hakimi, Operations Research 12, 1964).

    weights by demand; seconds: demands x candidates; standing: seconds to the nearest point that stays.
    """
    reach = seconds if standing is None else np.minimum(seconds, standing[:, None])
    return SitingProblem(np.asarray(weights[:, None] * reach, dtype=float), count)


def build_covering(
    weights: np.ndarray, seconds: np.ndarray, count: int, radius: float, standing: np.ndarray | None = None
) -> SitingProblem:
    """Maximal covering: the weight that lies farther than `radius` seconds from every point."""
    far = seconds > radius
    if standing is not None:
        far &= (standing > radius)[:, None]
    return SitingProblem(np.asarray(weights[:, None] * far, dtype=float), count)
