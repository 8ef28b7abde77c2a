"""A film as bytes and back: a head, then each side's arrays; packed once, sent as it is kept."""

import gzip
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hub.results import pack_parts, unpack_parts
from simulation.playback import MOVES, Playback


def pack_film(head: Mapping[str, Any], sides: Sequence[Playback]) -> bytes:
    """Gzip of hub.results.pack_parts: `frames 0`, `backlog 0`, `moves 0`, `frames 1` ...; same in, same out.

    Frames stand grid by grid (a grid's whole time in a row: it repeats itself, so it packs small), one byte
    a frame; backlog in int32, moves as (frame, origin, target) in uint16, all little-endian.
    """
    parts: dict[str, bytes] = {}
    for number, side in enumerate(sides):
        parts[f"frames {number}"] = np.ascontiguousarray(side.frames.T).tobytes()
        parts[f"backlog {number}"] = side.backlog.astype("<i4").tobytes()
        parts[f"moves {number}"] = side.moves.astype(MOVES).tobytes()
    return gzip.compress(pack_parts(head, parts), compresslevel=6, mtime=0)


def unpack_film(body: bytes) -> tuple[dict[str, Any], list[Playback]]:
    """Head and sides of what pack_film packed."""
    head, parts = unpack_parts(gzip.decompress(body))
    return head, [_unpack_side(parts, number) for number in range(len(parts) // 3)]


def _unpack_side(parts: Mapping[str, bytes], number: int) -> Playback:
    backlog = np.frombuffer(parts[f"backlog {number}"], "<i4")
    frames = np.frombuffer(parts[f"frames {number}"], np.uint8).reshape(-1, len(backlog)).T
    return Playback(frames, backlog, np.frombuffer(parts[f"moves {number}"], MOVES))
