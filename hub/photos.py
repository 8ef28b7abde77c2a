"""Photos at the door: known by their first bytes, freed of what the camera wrote of place and person."""

import struct
from collections.abc import Iterator

JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
#: JPEG segments that carry EXIF, XMP, IPTC and comments (ITU-T T.81, B.1.1.3).
_TOLD = {0xE1, 0xED, 0xFE}
_SCAN, _END = 0xDA, 0xD9
_PNG_TOLD = {b"eXIf", b"tEXt", b"iTXt", b"zTXt", b"tIME"}
_WEBP_TOLD = {b"EXIF", b"XMP "}
_ORIENTATION = 0x0112


class BadPhoto(ValueError):
    """Bytes that are no photo of a known kind, or a broken one."""


def sniff(body: bytes) -> str:
    """The media type that the first bytes tell; BadPhoto for anything else."""
    if body.startswith(b"\xff\xd8\xff"):
        return JPEG
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return WEBP
    raise BadPhoto("a photo is a JPEG, PNG or WebP file; this is none by its first bytes")


def clean(body: bytes) -> bytes:
    """The same picture without EXIF, XMP, IPTC and comments; how it is turned stays known.

    BadPhoto for a file that ends before its parts do. Pixels are not touched.
    """
    kind = sniff(body)
    try:
        parts = {JPEG: _clean_jpeg, PNG: _clean_png, WEBP: _clean_webp}[kind](body)
        return b"".join(parts)
    except (struct.error, IndexError):
        raise BadPhoto("the photo is cut off or broken; please send it again") from None


def _clean_jpeg(body: bytes) -> Iterator[bytes]:
    yield body[:2]
    place = 2
    while True:
        while body[place : place + 2] == b"\xff\xff":  # fill bytes
            place += 1
        lead, marker = body[place], body[place + 1]
        if lead != 0xFF:
            raise BadPhoto("the photo is broken; please send it again")
        if marker == _END:  # what follows may be a whole second picture with marks of its own
            yield body[place : place + 2]
            return
        (size,) = struct.unpack_from(">H", body, place + 2)
        segment = body[place : place + 2 + size]
        if size < 2 or len(segment) != 2 + size:
            raise IndexError
        if marker not in _TOLD:
            yield segment
        elif segment[4:10] == b"Exif\0\0":
            yield _keep_orientation(segment[10:])
        place += 2 + size
        if marker == _SCAN:
            stop = _find_marker(body, place)
            yield body[place:stop]
            place = stop


def _find_marker(body: bytes, place: int) -> int:
    """Where the pixels of a scan end: at the first marker that is neither stuffing nor a restart."""
    while True:
        place = body.find(b"\xff", place)
        if place < 0:
            raise IndexError
        following = body[place + 1]
        if following not in (0, 0xFF) and not 0xD0 <= following <= 0xD7:
            return place
        place += 1 if following == 0xFF else 2


def _keep_orientation(tiff: bytes) -> bytes:
    """An EXIF segment that tells how the picture is turned and nothing else; empty where it is upright."""
    turned = _read_orientation(tiff)
    if not 2 <= turned <= 8:
        return b""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, turned, 0)
    inside = b"Exif\0\0MM\0\x2a" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)
    return b"\xff\xe1" + struct.pack(">H", len(inside) + 2) + inside


def _read_orientation(tiff: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, start)
        for number in range(count):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, start + 2 + 12 * number)
            if tag == _ORIENTATION:
                return int(value)
    except struct.error:
        pass
    return 1


def _clean_png(body: bytes) -> Iterator[bytes]:
    yield body[:8]
    place = 8
    while True:
        (size,) = struct.unpack_from(">I", body, place)
        name, chunk = body[place + 4 : place + 8], body[place : place + 12 + size]
        if len(chunk) != 12 + size:
            raise IndexError
        if name not in _PNG_TOLD:
            yield chunk
        if name == b"IEND":
            return
        place += 12 + size


def _clean_webp(body: bytes) -> Iterator[bytes]:
    (length,) = struct.unpack_from("<I", body, 4)
    if len(body) < length + 8:
        raise IndexError
    kept = b"".join(_keep_webp(body[12 : length + 8]))
    yield b"RIFF" + struct.pack("<I", len(kept) + 4) + b"WEBP"
    yield kept


def _keep_webp(chunks: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(chunks):
        name = chunks[place : place + 4]
        (size,) = struct.unpack_from("<I", chunks, place + 4)
        padded = size + size % 2
        chunk = chunks[place : place + 8 + padded]
        if len(chunk) < 8 + size:
            raise IndexError
        if name == b"VP8X":  # its flags say that EXIF (8) and XMP (4) follow
            chunk = chunk[:8] + bytes([chunk[8] & ~0x0C]) + chunk[9:]
        if name not in _WEBP_TOLD:
            yield chunk
        place += 8 + padded
