"""Outcomes of replications, kept in memory and in the store: run_experiment's cache."""

import hashlib
import io
from collections import OrderedDict
from collections.abc import Iterator, MutableMapping
from dataclasses import fields
from typing import Any

import numpy as np

from simulation.experiment import Outcome
from simulation.release import find_release
from store.blobs import Baselines
from store.database import Store

Key = tuple[Any, ...]


class OutcomeCache(MutableMapping[Key, Outcome]):
    """Outcomes by (district, scenario, period, seed, replication); another release of the engine has its own.

    most: outcomes kept in the store (about 1.4 MB each on the demo district); fresh: in memory.
    """

    def __init__(self, store: Store, most: int = 240, fresh: int = 100) -> None:
        self.kept = Baselines(store, most)
        self.most = fresh
        self.memory: OrderedDict[Key, Outcome] = OrderedDict()

    def __getitem__(self, key: Key) -> Outcome:
        if key not in self.memory:
            body = self.kept.get(_name(key))
            if body is None:
                raise KeyError(key)
            self._remember(key, unpack_outcome(body))
        return self.memory[key]

    def __setitem__(self, key: Key, outcome: Outcome) -> None:
        self._remember(key, outcome)
        self.kept.put(_name(key), pack_outcome(outcome))

    def __delitem__(self, key: Key) -> None:
        del self.memory[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self.memory)

    def __len__(self) -> int:
        return len(self.memory)

    def _remember(self, key: Key, outcome: Outcome) -> None:
        self.memory[key] = outcome
        while len(self.memory) > self.most:
            self.memory.popitem(last=False)


def pack_outcome(outcome: Outcome) -> bytes:
    """The arrays of an outcome as an uncompressed npz."""
    sink = io.BytesIO()
    np.savez(
        sink, allow_pickle=False, **{field.name: getattr(outcome, field.name) for field in fields(outcome)}
    )
    return sink.getvalue()


def unpack_outcome(body: bytes) -> Outcome:
    """The outcome of an npz; nothing is unpickled."""
    with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        return Outcome(**{field.name: arrays[field.name] for field in fields(Outcome)})


def _name(key: Key) -> str:
    return hashlib.sha256(repr((find_release(), *key)).encode()).hexdigest()
