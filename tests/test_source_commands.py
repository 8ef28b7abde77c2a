"""`app.py source`: a key is shown once, listed without its text, and ended."""

from pathlib import Path

import pytest

import app
from store.database import open_store
from store.source_keys import SourceKeys


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = app.main(["source", *words])
    return status, capsys.readouterr().out


def test_a_key_is_given_out_listed_and_revoked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = ("--store", f"sqlite:///{tmp_path / 'keys.db'}")
    status, told = run(capsys, "add", "hotline", "--scopes", "events", "read", "--per-minute", "60", *store)
    key = told.splitlines()[0]
    keys = SourceKeys(open_store(store[1]))
    found = keys.find(key)
    assert status == 0 and found is not None
    assert (found.source, found.scopes, found.per_minute) == ("hotline", ("events", "read"), 60)
    status, told = run(capsys, "list", *store)
    assert status == 0 and "hotline" in told and "60/min" in told and key not in told
    assert run(capsys, "revoke", found.key_id, *store)[0] == 0
    assert keys.find(key) is None
    assert run(capsys, "revoke", found.key_id, *store)[0] == 1
    assert "revoked" in run(capsys, "list", *store)[1]
