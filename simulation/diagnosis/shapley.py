"""Shapley's shares of a game whose values were played: which coalitions, and what each player's share is."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import factorial

import numpy as np

Players = frozenset[str]


def list_all(players: Sequence[str]) -> list[Players]:
    """Every coalition, the smaller ones first."""
    return [frozenset(c) for size in range(len(players) + 1) for c in combinations(players, size)]


def turn_ring(players: Sequence[str]) -> list[tuple[str, ...]]:
    """The permutations that start at each player of a ring and go round it, one way and the other.

    Every player comes equally often at every place, and every pair in both orders, so that a game without
    interactions of three or more is shared out exactly. They build up the arcs of the ring: n (n - 1) + 2
    coalitions. Of players that can stand in for each other, the first met takes all: set evenly apart, they
    share alike.
    """
    turns = [(*players[start:], *players[:start]) for start in range(len(players))]
    return [order for turn in turns for order in (turn, turn[::-1])]


def list_prefixes(orders: Sequence[tuple[str, ...]]) -> list[Players]:
    """The coalitions that permutations build up, each once, the smaller ones first."""
    found = {frozenset(order[:size]) for order in orders for size in range(len(order) + 1)}
    return sorted(found, key=lambda c: (len(c), sorted(c)))


def share_by_orders(
    orders: Sequence[tuple[str, ...]], values: Mapping[Players, np.ndarray]
) -> dict[str, np.ndarray]:
    """Each player's mean marginal value over permutations; the shares sum to values[all] - values[none]."""
    shares = {player: np.zeros_like(values[frozenset()], dtype=float) for player in orders[0]}
    for order in orders:
        for place, player in enumerate(order):
            step = values[frozenset(order[: place + 1])] - values[frozenset(order[:place])]
            shares[player] = shares[player] + step / len(orders)
    return shares


def share_exactly(players: Sequence[str], values: Mapping[Players, np.ndarray]) -> dict[str, np.ndarray]:
    """Shapley's value (1953): marginal values weighted by s! (n - s - 1)! / n!, s the coalition's size."""
    count = len(players)
    shares = {}
    for player in players:
        others = [p for p in players if p != player]
        parts = [
            factorial(len(c)) * factorial(count - len(c) - 1) / factorial(count)
            * (values[c | {player}] - values[c])
            for c in list_all(others)
        ]  # fmt: skip
        shares[player] = np.sum(parts, axis=0)
    return shares
