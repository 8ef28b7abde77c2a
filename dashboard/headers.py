"""Headers of every answer: nothing leaves the machine, nothing of a person's data is kept by a cache."""

from collections.abc import Callable, Sequence

from flask import Flask, Response, request

KEPT = ("/_dash-component-suites/", "/assets/")


def build_policy(script_hashes: Sequence[str]) -> str:
    """The Content-Security-Policy; scripts are our own files and the renderer's one inline line."""
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self'", *script_hashes)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "frame-ancestors 'none'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        )
    )


def set_headers(server: Flask, script_hashes: Callable[[], Sequence[str]], is_demo: bool = False) -> None:
    """Put the headers on every answer of a server; `X-Demo: true` where what it tells is made up."""
    policy: list[str] = []

    def add(response: Response) -> Response:
        if not policy:
            policy.append(build_policy(script_hashes()))
        response.headers["Content-Security-Policy"] = policy[0]
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        if is_demo:
            response.headers["X-Demo"] = "true"
        if not request.path.startswith(KEPT) and "ETag" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response

    server.after_request(add)
