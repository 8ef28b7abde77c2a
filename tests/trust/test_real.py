"""The product as it is installed: gunicorn, production settings, PostgreSQL, TLS in front."""

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from store.database import open_store
from store.sessions import Sessions
from tests.test_deploy import make_certificate
from tests.trust.events import make_log, to_bodies
from tests.trust.forms import FULL_TIMEOUT
from tests.trust.product import Product
from tests.trust.proxy import _pump
from twin.district import District

pytestmark = [pytest.mark.trust, pytest.mark.timeout(FULL_TIMEOUT)]


class Tls:
    """Ends TLS in front of a port, as a proxy does."""

    def __init__(self, folder: Path, port: int) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self.target = ("127.0.0.1", port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.base = f"https://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self.listener.accept()
                threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with suppress(OSError):
            near = self.context.wrap_socket(plain, server_side=True)
            far = socket.create_connection(self.target)
            threading.Thread(target=_pump, args=(far, near), daemon=True).start()
            _pump(near, far)


@pytest.fixture
def installed(
    small_folder: Path, postgres_url: str, tmp_path: Path, root: Path
) -> Iterator[tuple[Product, Tls]]:
    """Gunicorn in production on PostgreSQL, and a proxy before it."""
    make_certificate(tmp_path)
    product = Product(small_folder, postgres_url, tmp_path, server="gunicorn")
    tls = Tls(tmp_path, product.port)
    key = tmp_path / "key"
    make_key_file(root, key)
    product.start(
        TWIN_PRODUCTION="true", TWIN_SECURE_COOKIES="true", TWIN_KEY_FILE=str(key), TWIN_PUBLIC_URL=tls.base
    )
    yield product, tls
    product.kill()
    tls.listener.close()


def make_key_file(root: Path, path: Path) -> None:
    """The key file, as the how-to makes it."""
    subprocess.run([sys.executable, "app.py", "key", "make", str(path)], cwd=root, check=True)


def test_a_production_start_serves_pages_and_events_over_tls(
    installed: tuple[Product, Tls], tmp_path: Path, small_district: District
) -> None:
    product, tls = installed
    client = requests.Session()
    client.verify = str(tmp_path / "cert.pem")
    assert client.get(tls.base + "/health", timeout=30).text == "ok"
    assert client.get(tls.base + "/screen", timeout=30).status_code == 401
    store = open_store(product.store_url)
    token = Sessions(store).issue_link("display", 5)
    store.close()
    entered = client.post(
        tls.base + "/enter",
        data={"token": token},
        headers={"Origin": tls.base},
        allow_redirects=False,
        timeout=30,
    )
    assert entered.status_code == 303
    assert "Secure" in entered.headers["Set-Cookie"] and "HttpOnly" in entered.headers["Set-Cookie"]
    assert client.get(tls.base + "/screen", timeout=30).status_code == 200
    events = {"events": to_bodies(make_log(small_district, 100, recent=True))}
    sent = client.post(tls.base + "/api/v1/events", json=events, headers=product.make_key(), timeout=30)
    assert {row["status"] for row in sent.json()["results"]} == {"stored"}
    assert client.get(tls.base + "/api/wall", timeout=30).status_code == 200


@pytest.mark.parametrize("lack", ["TWIN_KEY_FILE", "TWIN_STORE"])
def test_a_production_start_that_lacks_something_ends_in_words(
    small_folder: Path, sqlite_url: str, tmp_path: Path, lack: str
) -> None:
    product = Product(small_folder, sqlite_url, tmp_path, server="gunicorn")
    own = {"TWIN_PRODUCTION": "true", "TWIN_SECURE_COOKIES": "true"}
    if lack == "TWIN_STORE":
        own = {"TWIN_STORE": "postgresql://twin@127.0.0.1:1/twin"}
    product.start(wait=False, **own)
    assert product.process is not None
    assert product.process.wait(60) == 4
    log = product.read_log()
    assert ("TWIN_KEY_FILE" if lack == "TWIN_KEY_FILE" else "127.0.0.1:1") in log
    assert "Traceback" not in log
