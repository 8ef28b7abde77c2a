"""Accounts, displays and the key file on the command line; passwords are typed or piped, never arguments."""

import argparse
import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hub.roles import PERSONAL
from hub.roles import ROLES as ALL_ROLES

if TYPE_CHECKING:
    from store.accounts import Account, Accounts
    from store.database import Store
    from store.displays import Displays

LINK_MINUTES = 24 * 60.0


class UsageFault(Exception):
    """A command that cannot be done, in words."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """user, display, key."""
    users = commands.add_parser("user", help="accounts: add, list, password, link, disable, enable")
    _add_users(users.add_subparsers(dest="what", metavar="WHAT", required=True))
    screens = commands.add_parser("display", help="screens with a token of their own: add, list, revoke")
    _add_displays(screens.add_subparsers(dest="what", metavar="WHAT", required=True))
    keys = commands.add_parser("key", help="the key file: make, renew")
    _add_keys(keys.add_subparsers(dest="what", metavar="WHAT", required=True))


def _add_users(whats: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    adding = whats.add_parser("add", help="a new account; prints a link to set its password with")
    adding.add_argument("name")
    adding.add_argument("--role", required=True, choices=[role for role in ALL_ROLES if role in PERSONAL])
    adding.add_argument("--scope", default="", metavar="UNIT", help="unit whose part it is")
    adding.add_argument("--subject", default="", help="the person's id at the issuer (OIDC)")
    adding.add_argument("--password", action="store_true", help="type it now or pipe it in; else a link")
    _finish(adding, add_user)
    _finish(whats.add_parser("list", help="every account"), list_users)
    texts = {
        "password": (set_password, "set a password, typed or piped in"),
        "link": (print_link, "a one-time link to set a new password with"),
        "disable": (disable_user, "shut an account and end its sessions"),
        "enable": (enable_user, "open a shut account again"),
    }
    for what, (run, text) in texts.items():
        parser = whats.add_parser(what, help=text)
        parser.add_argument("name")
        _finish(parser, run)


def _add_displays(whats: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for what, run, text in (
        ("add", add_display, "a new screen; prints its address once"),
        ("revoke", revoke_display, "take a screen's address back and end its session"),
    ):
        parser = whats.add_parser(what, help=text)
        parser.add_argument("name")
        _finish(parser, run)
    _finish(whats.add_parser("list", help="every screen"), list_displays)


def _add_keys(whats: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    making = whats.add_parser("make", help="a new key file, readable by its owner alone")
    making.add_argument("file", type=Path)
    making.set_defaults(run=make_key)
    renewing = whats.add_parser("renew", help="a new key in force; relocks every case record")
    renewing.add_argument("file", type=Path)
    _finish(renewing, renew_key)


def _finish(parser: argparse.ArgumentParser, run: object) -> None:
    parser.add_argument("--store", help="SQLAlchemy URL; default: TWIN_STORE, else SQLite under var/")
    parser.add_argument("--district", type=Path, help="default: TWIN_DISTRICT, else the demo district")
    parser.set_defaults(run=run)


def add_user(options: argparse.Namespace) -> int:
    """Add an account with a password, or print a link to set one with."""
    from hub.grants import check_grant
    from twin.load import load_district

    try:
        check_grant(load_district(_find_folder(options)), options.role, options.scope)
        people = _open_accounts(options)
        password = read_password() if options.password else None
        people.add(options.name, password, options.role, options.scope, options.subject, by=name_caller())
    except ValueError as error:
        raise UsageFault(str(error)) from None
    if password is None and not options.subject:
        return print_link(options)
    print(f"{options.name}: added as {options.role}")
    return 0


def list_users(options: argparse.Namespace) -> int:
    """One line an account: name, role, unit, state."""
    for one in _open_accounts(options).list_all():
        state = "shut" if one.disabled else "" if one.has_password or one.subject else "no password yet"
        print(f"{one.name:24} {one.role:10} {one.scope:14} {state}".rstrip())
    return 0


def set_password(options: argparse.Namespace) -> int:
    """Set a password; the account's sessions end."""
    people = _open_accounts(options)
    _find(people, options.name)
    try:
        people.set_password(options.name, read_password(), by=name_caller())
    except ValueError as error:
        raise UsageFault(str(error)) from None
    print(f"{options.name}: password set, sessions ended")
    return 0


def print_link(options: argparse.Namespace) -> int:
    """Print a one-time link with which an account sets a new password; its old one is worth nothing now."""
    from store.sessions import Sessions

    store = _open(options)
    people = _make_accounts(store)
    account = _find(people, options.name)
    if account.has_password:
        people.clear_password(account.name, by=name_caller())
    token = Sessions(store).issue_link(
        account.role, LINK_MINUTES, account.scope, account.name, by=name_caller()
    )
    print(f"{account.name}: {find_base()}/enter?token={token}")
    print("one-time link, good for a day")
    return 0


def disable_user(options: argparse.Namespace) -> int:
    """Shut an account; the last administrator stays."""
    people = _open_accounts(options)
    _find(people, options.name)
    try:
        people.disable(options.name, by=name_caller())
    except ValueError as error:
        raise UsageFault(str(error)) from None
    print(f"{options.name}: shut, sessions ended")
    return 0


def enable_user(options: argparse.Namespace) -> int:
    """Open a shut account again."""
    people = _open_accounts(options)
    _find(people, options.name)
    people.enable(options.name, by=name_caller())
    print(f"{options.name}: open again")
    return 0


def add_display(options: argparse.Namespace) -> int:
    """Make a screen's token and print the address that opens it."""
    try:
        token = _open_displays(options).add(options.name, by=name_caller())
    except ValueError as error:
        raise UsageFault(str(error)) from None
    print(f"{options.name}: {find_base()}/display/{token}")
    print("shown once; it opens one screen until it is revoked")
    return 0


def list_displays(options: argparse.Namespace) -> int:
    """One line a screen: name, since when, last seen or revoked."""
    for one in _open_displays(options).list_all():
        word, moment = ("revoked", one.revoked_at) if one.revoked_at else ("seen", one.seen_at)
        state = f"{word} {moment:%Y-%m-%d %H:%M} UTC" if moment else "not seen"
        print(f"{one.name:24} since {one.created_at:%Y-%m-%d %H:%M} UTC, {state}")
    return 0


def revoke_display(options: argparse.Namespace) -> int:
    """Take a screen's token back."""
    try:
        _open_displays(options).revoke(options.name, by=name_caller())
    except KeyError:
        raise UsageFault(f"{options.name}: no such display in use; `app.py display list`") from None
    print(f"{options.name}: revoked, its screen is shut")
    return 0


def make_key(options: argparse.Namespace) -> int:
    """Make a key file; one that is there stays as it is."""
    from hub.keys import make_keys, read_keys

    make_keys(options.file)
    print(f"{options.file}: {len(read_keys(options.file))} key; keep a copy apart from the store's backups")
    return 0


def renew_key(options: argparse.Namespace) -> int:
    """Put a new key in force and relock every record with it; older keys stay in the file until removed."""
    from hub.keys import Keys, renew_keys
    from hub.vault import Vault
    from store.case_records import CaseRecords

    count = renew_keys(options.file)
    relocked = Vault(CaseRecords(_open(options)), Keys(options.file)).relock(name_caller())
    print(
        f"{options.file}: {count} keys, {relocked} records relocked; restart the pages, then drop old lines"
    )
    return 0


def read_password() -> str:
    """A password typed twice, or the first line of standard input where that is no terminal."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("password: ")
    if first != getpass.getpass("once more: "):
        raise UsageFault("the two differ; nothing was changed")
    return first


def name_caller() -> str:
    """Who the audit trail names for an act on the command line."""
    try:
        return f"shell:{getpass.getuser()}"
    except (KeyError, OSError):
        return "shell"


def find_base() -> str:
    """The address that browsers use."""
    return os.environ.get("TWIN_PUBLIC_URL", "http://127.0.0.1:8050").rstrip("/")


def _find(people: "Accounts", name: str) -> "Account":
    account = people.find(name)
    if account is None:
        raise UsageFault(f"{name}: no such account; `app.py user list`")
    return account


def _find_folder(options: argparse.Namespace) -> Path:
    given = options.district or os.environ.get("TWIN_DISTRICT")
    return Path(given) if given else Path(__file__).resolve().parent.parent / "data" / "demo"


def _open(options: argparse.Namespace) -> "Store":
    from store.database import open_store

    home = Path(__file__).resolve().parent.parent
    fallback = f"sqlite:///{home / 'var' / (_find_folder(options).resolve().name + '.sqlite')}"
    return open_store(options.store or os.environ.get("TWIN_STORE") or fallback)


def _make_accounts(store: "Store") -> "Accounts":
    from store.accounts import Accounts

    return Accounts(store)


def _open_accounts(options: argparse.Namespace) -> "Accounts":
    return _make_accounts(_open(options))


def _open_displays(options: argparse.Namespace) -> "Displays":
    from store.displays import Displays
    from store.sessions import Sessions

    store = _open(options)
    return Displays(store, Sessions(store))
