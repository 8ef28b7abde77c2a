"""Answers that are kept gzipped and sent so to every browser that takes it."""

import gzip

from flask import Response, request


def send_packed(
    packed: bytes, tag: str = "", cache: str = "no-store", kind: str = "application/json"
) -> Response:
    """Gzipped JSON, or bytes of another kind, as an answer; with a tag, 304 for whoever has it already."""
    accepts = "gzip" in request.headers.get("Accept-Encoding", "")
    answer = Response(packed if accepts else gzip.decompress(packed), mimetype=kind)
    if accepts:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding, Cookie"
    answer.headers["Cache-Control"] = cache
    if not tag:
        return answer
    answer.set_etag(tag)
    return answer.make_conditional(request)  # type: ignore[return-value]
