"""What decides the figures of a run, beside its arguments, as one hash."""

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = (("twin", "*.py"), ("simulation", "*.py"), ("data/defaults", "*.*"))
LIBRARIES = ("numpy", "scipy", "pandas", "simpy")


@cache
def find_release() -> str:
    """A hash of the engine's sources, the policies it reads and the libraries below it."""
    digest = hashlib.sha256()
    for folder, pattern in SOURCES:
        for path in sorted((ROOT / folder).rglob(pattern)):
            digest.update(path.name.encode() + path.read_bytes())
    for name in LIBRARIES:
        digest.update(version(name).encode())
    return digest.hexdigest()
