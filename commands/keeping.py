"""Keeping a store: backup, restore, verify, rebuild."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.database import Store

HOME = Path(__file__).resolve().parent.parent
DEMO = HOME / "data" / "demo"


def add(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """backup, restore, verify, rebuild."""
    saving = parsers.add_parser("backup", help="the whole store of one moment into one sealed file")
    saving.add_argument("--out", type=Path, required=True, metavar="FILE")
    saving.set_defaults(run=back_up)
    bringing = parsers.add_parser("restore", help="a backup into an empty store of either kind")
    bringing.add_argument("file", type=Path, metavar="FILE")
    bringing.add_argument("--replace", action="store_true", help="put it in the place of what is there")
    bringing.set_defaults(run=restore)
    checking = parsers.add_parser("verify", help="is a backup whole; without FILE: is the store whole")
    checking.add_argument("file", type=Path, nargs="?", metavar="FILE")
    checking.set_defaults(run=verify)
    deriving = parsers.add_parser("rebuild", help="derive the live state anew from every event; its hash")
    deriving.set_defaults(run=rebuild)
    for parser in (saving, bringing, checking, deriving):
        parser.add_argument("--store", help="SQLAlchemy URL; default: TWIN_STORE, else SQLite under var/")
        parser.add_argument("--district", type=Path, default=DEMO, help="whose cases the store holds")


def back_up(options: argparse.Namespace) -> int:
    """Write a backup and say what is in it."""
    from store.keeping import BackupFault
    from store.keeping import back_up as write

    try:
        manifest = write(_open(options), options.out, lambda copy: _hash_state(copy, options.district))
    except BackupFault as fault:
        return _refuse(fault)
    size = options.out.stat().st_size / 1e6
    events, rows = manifest.rows["events"], sum(manifest.rows.values())
    print(f"{options.out}: {size:.1f} MB, {events} events, {rows} rows, {manifest.made_at}")
    for origin, digest in manifest.state.items():
        print(f"state {origin}: {digest}")
    return 0


def restore(options: argparse.Namespace) -> int:
    """Bring a backup back, and compare the state that it gives with the one that was saved."""
    from store.keeping import BackupFault
    from store.keeping import restore as bring

    store = _open(options)
    try:
        manifest = bring(options.file, store, options.replace)
    except BackupFault as fault:
        return _refuse(fault)
    print(f"{manifest.rows['events']} events of {manifest.made_at}; sessions stayed behind")
    return _compare(manifest.state, _hash_state(store, options.district))


def verify(options: argparse.Namespace) -> int:
    """Every fault of a backup or of a store; 1 where there is one."""
    from store.inspection import inspect_store
    from store.keeping import BackupFault, opened_backup

    if options.file is None:
        store = _open(options)
        faults, expected, state = inspect_store(store), {}, _hash_state(store, options.district)
    else:
        try:
            with opened_backup(options.file) as (manifest, kept):
                faults, expected = inspect_store(kept), manifest.state
                state = _hash_state(kept, options.district)
        except BackupFault as fault:
            return _refuse(fault)
    for line in faults:
        print(line, file=sys.stderr)
    print(f"{len(faults)} faults" if faults else "whole: file, audit chain, bodies of events, numbers")
    return 1 if faults else _compare(expected, state)


def rebuild(options: argparse.Namespace) -> int:
    """Derive the live state from the events and say its hash; a hub does the same at every start."""
    from hub.statehash import rebuild_state
    from twin.load import load_district

    for origin, state in rebuild_state(_open(options), load_district(options.district)).items():
        print(f"{origin}: event {state.received_no}, {state.cases} cases, {state.digest}")
    return 0


def _hash_state(store: "Store", folder: Path) -> dict[str, str]:
    from hub.statehash import rebuild_state
    from twin.load import load_district

    return {origin: state.digest for origin, state in rebuild_state(store, load_district(folder)).items()}


def _compare(expected: dict[str, str], found: dict[str, str]) -> int:
    for origin, digest in found.items():
        word = "" if not expected else " as saved" if expected.get(origin) == digest else " NOT AS SAVED"
        print(f"state {origin}: {digest}{word}")
    return 0 if not expected or expected == found else 1


def _open(options: argparse.Namespace) -> "Store":
    from store.database import open_store

    own = f"sqlite:///{HOME / 'var' / (options.district.resolve().name + '.sqlite')}"
    return open_store(options.store or os.environ.get("TWIN_STORE") or own)


def _refuse(fault: Exception) -> int:
    print(fault, file=sys.stderr)
    return 1
