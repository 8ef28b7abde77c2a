"""Where hours went from one side to another: conserved, matter by matter."""

import numpy as np


def share_moves(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Hours that stayed, moved, were saved or came on top: (tiers + 1) x (tiers + 1).

    before, after: matters x tiers, hours of two sides. Row i, column j: hours of tier i before that tier j
    has after; the last column is what was saved of a tier, the last row what a tier has on top. Each matter
    keeps at each tier the smaller of both sides; what a tier has less goes to the tiers of the same matter
    that have more, in proportion. Rows sum to `before`, columns to `after`.
    """
    tiers = before.shape[1]
    kept = np.minimum(before, after)
    less, more = before - kept, after - kept
    whole = np.maximum(less.sum(axis=1), more.sum(axis=1))
    weight = np.divide(1.0, whole, out=np.zeros(len(whole)), where=whole > 0)
    moved = np.einsum("mi,mj,m->ij", less, more, weight)
    shares = np.zeros((tiers + 1, tiers + 1))
    shares[:tiers, :tiers] = moved + np.diag(kept.sum(axis=0))
    shares[:tiers, tiers] = less.sum(axis=0) - moved.sum(axis=1)
    shares[tiers, :tiers] = more.sum(axis=0) - moved.sum(axis=0)
    return np.maximum(shares, 0.0)
