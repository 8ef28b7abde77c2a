"""A division of cells as short text: one letter a cell, one word a village."""

from collections.abc import Sequence
from string import ascii_lowercase, ascii_uppercase, digits

import numpy as np

from twin.gridding.graph import Labels

LETTERS = ascii_lowercase + ascii_uppercase + digits


def write_labels(labels: Labels, homes: Labels) -> str:
    """Words by village in the order of their numbers, parted by blanks; a letter says which of its grids.

    ValueError where a village has more grids than there are letters.
    """
    words = []
    for home in range(int(homes.max()) + 1):
        _, own = np.unique(labels[homes == home], return_inverse=True)
        if own.max() >= len(LETTERS):
            raise ValueError(f"at most {len(LETTERS)} grids a village")
        words.append("".join(LETTERS[number] for number in own))
    return " ".join(words)


def read_labels(word: str) -> Sequence[int]:
    """The grid, from 0, that each cell of a village is in; ValueError for what is no such word."""
    return [LETTERS.index(letter) for letter in word]
