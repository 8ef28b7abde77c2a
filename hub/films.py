"""A film as bytes and back: a JSON head, then each side's arrays; packed once, sent as it is kept."""

import gzip
import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simulation.playback import MOVES, Playback

LENGTH = struct.Struct("<I")


def pack_film(head: Mapping[str, Any], sides: Sequence[Playback]) -> bytes:
    """Gzip of: length of the head, head, each side's frames, backlog, moves; the same in, the same out.

    Frames stand grid by grid (a grid's whole time in a row: it repeats itself, so it packs small), one byte
    a frame; backlog in int32, moves as (frame, origin, target) in uint16, all little-endian.
    """
    shape = sides[0].frames.shape if sides else (0, 0)
    told = {**head, "frames": shape[0], "grids": shape[1], "moves": [len(side.moves) for side in sides]}
    text = json.dumps(told, sort_keys=True, ensure_ascii=False).encode()
    parts = [LENGTH.pack(len(text)), text]
    for side in sides:
        parts += [np.ascontiguousarray(side.frames.T).tobytes(), side.backlog.astype("<i4").tobytes()]
        parts.append(side.moves.astype(MOVES).tobytes())
    return gzip.compress(b"".join(parts), compresslevel=6, mtime=0)


def unpack_film(body: bytes) -> tuple[dict[str, Any], list[Playback]]:
    """Head and sides of what pack_film packed."""
    plain = gzip.decompress(body)
    place = LENGTH.size + LENGTH.unpack_from(plain)[0]
    head = json.loads(plain[LENGTH.size : place])
    count, grids = head["frames"], head["grids"]
    sides = []
    for moves in head["moves"]:
        frames = np.frombuffer(plain, np.uint8, count * grids, place).reshape(grids, count).T
        place += count * grids
        backlog = np.frombuffer(plain, "<i4", count, place)
        place += 4 * count
        sides.append(Playback(frames, backlog, np.frombuffer(plain, MOVES, moves, place)))
        place += moves * MOVES.itemsize
    return head, sides
