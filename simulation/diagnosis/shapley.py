"""Shapley's shares of a game whose values were played: which coalitions, and what each player's share is."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import factorial

import numpy as np

from simulation.draws import name_key, uniform_array

Players = frozenset[str]


def list_all(players: Sequence[str]) -> list[Players]:
    """Every coalition, the smaller ones first."""
    return [frozenset(c) for size in range(len(players) + 1) for c in combinations(players, size)]


def draw_orders(players: Sequence[str], pairs: int, seed: int) -> list[tuple[str, ...]]:
    """So many permutations, each followed by its reverse; pure in its arguments.

    A permutation with its reverse gives every pair of players both orders, so that a game without
    interactions of three or more is shared out exactly.
    """
    orders = []
    for number in range(pairs):
        keys = np.array([name_key(f"{player} {number}") for player in players], dtype=np.uint64)
        order = tuple(players[i] for i in np.argsort(uniform_array(keys, seed), kind="stable"))
        orders += [order, order[::-1]]
    return orders


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
