"""Keys and events for the tests of the API."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.dashboard.conftest import Web

NUMBERS = itertools.count(1)
Make = Callable[..., dict[str, Any]]


class Caller:
    """A client with a key and nothing else: no cookie."""

    def __init__(self, client: FlaskClient, key: str) -> None:
        self.client, self.key = client, key

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, headers=self._headers(options), **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        return self.client.post(path, headers=self._headers(options), **options)

    def _headers(self, options: dict[str, Any]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}


@pytest.fixture
def call(web: Web) -> Callable[..., Caller]:
    """A caller with a new key of a source."""

    def make(*scopes: str, source: str = "", per_minute: int = 100_000, unit: str = "") -> Caller:
        source = source or f"source-{next(NUMBERS)}"
        key = web.services.keys.add(source, scopes, per_minute, unit=unit)
        return Caller(web.server.test_client(), key)

    return make


@pytest.fixture
def event(web: Web) -> Make:
    """A new `reported` event of a new case in the first grid, as a sender writes it."""
    place = web.services.district.grids.geometry.iloc[0].representative_point()

    def make(**changes: Any) -> dict[str, Any]:
        number = next(NUMBERS)
        body = {
            "event_id": f"e{number}",
            "case_id": f"case-{number}",
            "occurred_at": datetime.now(UTC).isoformat(),
            "state": "reported",
            "matter": "01-1",
            "channel": "hotline",
            "lon": place.x,
            "lat": place.y,
        }
        return {name: value for name, value in (body | changes).items() if value is not None}

    return make
