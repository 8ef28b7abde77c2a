"""The garbage collector, paused while many objects without cycles come and go."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_collector() -> Iterator[None]:
    """Pause the collector; it is as it was afterwards, and what was made meanwhile and dropped is freed.

    As a decorator it frees what the function itself held: objects that point at each other in a ring.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.collect(0)
        if collecting:
            gc.enable()
