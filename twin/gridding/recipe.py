"""How grids are drawn: the settings of data/defaults/gridding.toml."""

from dataclasses import dataclass

from twin.fictitious.templates import read_toml
from twin.gridding.annealing import Cooling
from twin.gridding.exchange import Aim


@dataclass(frozen=True)
class Recipe:
    """imbalance: METIS' ufactor, thousandths; how borders are annealed; the aims, one after another."""

    imbalance: int
    cooling: Cooling
    aims: tuple[Aim, ...]


def load_recipe() -> Recipe:
    """The recipe of this installation."""
    plain = read_toml("gridding.toml")
    aims = tuple(Aim(**aim) for aim in plain["aims"])
    return Recipe(plain["imbalance"], Cooling(**plain["cooling"]), aims)
