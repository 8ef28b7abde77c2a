"""The web application over an empty store, in this process."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from dash import Dash
from flask import Flask
from flask.testing import FlaskClient

from dashboard.factory import create_app
from dashboard.services import Services, build_services
from store.database import open_store
from twin.district import District


@dataclass(frozen=True)
class Web:
    """Server, Dash application and what they stand on."""

    server: Flask
    app: Dash
    services: Services

    def enter(self, role: str) -> FlaskClient:
        """A client with a session of a role."""
        client = self.server.test_client()
        if role != "anonymous":
            client.set_cookie("session", self.services.sessions.open(role))
        return client


@pytest.fixture(scope="session")
def web(demo_district: District, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """One application for all tests of this folder."""
    store = open_store(tmp_path_factory.mktemp("web") / "web.db")
    services = build_services(store, demo_district, root / "data" / "demo")
    server, app = create_app(services)
    yield Web(server, app, services)
    store.close()
