"""The installation's secret: a file of keys, the newest first, from which each purpose gets its own."""

import base64
import os
import secrets
import stat
from functools import cached_property
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SHORTEST = 32
DEVELOPMENT = Path(__file__).resolve().parent.parent / "var" / "development.key"


class KeyFault(Exception):
    """A key file that cannot be used, in words; never its content."""


class Keys:
    """The keys of a file; without a file, a development key that is made under var/ when first asked for.

    The first line is the key in force, further lines are older ones that still open what they locked.
    Records, cookies and signatures each get a key of their own, derived by HKDF-SHA256 (RFC 5869).
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path

    @cached_property
    def lines(self) -> tuple[bytes, ...]:
        """The keys, newest first; KeyFault where the file cannot be used."""
        if self.path is not None:
            return read_keys(self.path)
        if not DEVELOPMENT.exists():
            make_keys(DEVELOPMENT)
        return read_keys(DEVELOPMENT)

    def lock(self, purpose: str) -> MultiFernet:
        """What encrypts with the key in force and opens what any of them has locked."""
        return MultiFernet([Fernet(base64.urlsafe_b64encode(_derive(line, purpose))) for line in self.lines])

    def secret(self, purpose: str) -> bytes:
        """32 bytes of the key in force, for signatures."""
        return _derive(self.lines[0], purpose)


def read_keys(path: Path) -> tuple[bytes, ...]:
    """The keys of a file; KeyFault: missing, unreadable, open to others, empty, or a line too short."""
    lines = [line.strip() for line in read_secret(path, "; `app.py key make` makes one").splitlines()]
    kept = [line.encode() for line in lines if line and not line.startswith("#")]
    if not kept or min(map(len, kept)) < SHORTEST:
        raise KeyFault(f"{path}: each line is a key of at least {SHORTEST} characters; `app.py key make`")
    return tuple(kept)


def read_secret(path: Path, advice: str = "") -> str:
    """The text of a file that its owner alone may read; KeyFault otherwise, without its content."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise KeyFault(f"{path}: {reason}{advice}") from None
    if mode & 0o077:
        raise KeyFault(f"{path}: others may read it (mode {mode:o}); `chmod 600 {path}`")
    return text.strip()


def make_keys(path: Path) -> None:
    """A new file with one key, readable by its owner alone; one that is there already stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    _write(draft, [secrets.token_urlsafe(48)])
    try:
        os.link(draft, path)  # of two that start together, one wins and both use its key
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def renew_keys(path: Path) -> int:
    """Put a new key in force and keep the older ones behind it; how many there are now."""
    lines = [secrets.token_urlsafe(48), *(line.decode() for line in read_keys(path))]
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    _write(draft, lines)
    draft.replace(path)
    return len(lines)


def _write(path: Path, lines: list[str]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write("".join(f"{line}\n" for line in lines))


def _derive(line: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=f"district-twin/{purpose}".encode()).derive(line)
