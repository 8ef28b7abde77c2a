"""Keys of the systems that send and follow cases: give out, list, revoke."""

import argparse
import os
from pathlib import Path

from commands.numbers import at_least
from store.database import open_store
from store.source_keys import SCOPES, SourceKey, SourceKeys


def add(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The `source` command with its three acts."""
    source = parsers.add_parser("source", help="keys of the systems that send and follow cases")
    acts = source.add_subparsers(dest="act", required=True, metavar="ACT")
    adding = acts.add_parser("add", help="give out a key; it is shown this once")
    adding.add_argument("name", help="of the source, as it stands beside its events")
    adding.add_argument("--scopes", nargs="+", choices=SCOPES, default=["events"])
    adding.add_argument("--per-minute", type=at_least(1), default=600, help="calls a minute")
    adding.add_argument("--days", type=at_least(1), help="until it expires; never without")
    adding.add_argument("--unit", default="", help="code of the body whose part a read key sees")
    adding.add_argument("--note", default="")
    listing = acts.add_parser("list", help="every key, without its text")
    revoking = acts.add_parser("revoke", help="end a key")
    revoking.add_argument("key_id", help="as `source list` shows it")
    for parser, run in ((adding, add_key), (listing, list_keys), (revoking, revoke_key)):
        parser.add_argument("--district", type=Path)
        parser.add_argument("--store", help="SQLAlchemy URL; default: TWIN_STORE, else SQLite under var/")
        parser.set_defaults(run=run)


def add_key(options: argparse.Namespace) -> int:
    """Print a new key."""
    keys = _open(options)
    try:
        key = keys.add(
            options.name, options.scopes, options.per_minute, options.note, options.days, options.unit, "cli"
        )
    except ValueError as error:
        print(error)
        return 1
    print(key)
    print("shown this once; send it as  Authorization: Bearer KEY")
    return 0


def list_keys(options: argparse.Namespace) -> int:
    """Print every key's id, source, scopes, limit and state."""
    for key in _open(options).list_keys():
        words = (key.key_id, key.source, ",".join(key.scopes), f"{key.per_minute}/min", _state(key), key.note)
        print("  ".join(words).rstrip())
    return 0


def revoke_key(options: argparse.Namespace) -> int:
    """End a key."""
    try:
        _open(options).revoke(options.key_id, "cli")
    except KeyError:
        print(f"{options.key_id}: no key with this id works")
        return 1
    return 0


def _state(key: SourceKey) -> str:
    if key.revoked_at:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    part = f" unit {key.unit}" if key.unit else ""
    return (f"until {key.expires_at:%Y-%m-%d}" if key.expires_at else "no end") + part


def _open(options: argparse.Namespace) -> SourceKeys:
    home = Path(__file__).resolve().parent.parent
    folder = options.district or home / "data" / "demo"
    own = home / "var" / (folder.resolve().name + ".sqlite")
    return SourceKeys(open_store(options.store or os.environ.get("TWIN_STORE") or own))
