"""A book kept in memory: reads what the journal got since the last look, and folds it into the state."""

import threading
from collections.abc import Callable
from functools import reduce
from typing import Generic, TypeVar

from store.journal import Entry, Journal

State = TypeVar("State")


class Book(Generic[State]):
    """The state of one book; `fold` takes (state, entry) and returns the next state, changing nothing.

    Safe to call from several threads; two processes read the same state, for it holds nothing but entries.
    """

    def __init__(
        self, journal: Journal, name: str, blank: State, fold: Callable[[State, Entry], State]
    ) -> None:
        self.journal, self.name, self.fold = journal, name, fold
        self._state, self._entry_no = blank, 0
        self._lock = threading.Lock()

    def read(self) -> State:
        """The state after every entry that is written."""
        with self._lock:
            entries = self.journal.read(self.name, after=self._entry_no)
            if entries:
                self._state = reduce(self.fold, entries, self._state)
                self._entry_no = entries[-1].entry_no
            return self._state
