"""District Twin: the composition root and the command line."""

import argparse
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from commands import (
    clusters,
    diagnosing,
    districts,
    feeding,
    grids,
    keeping,
    optimising,
    people,
    planning,
    sources,
    studies,
)
from commands.numbers import positive
from commands.people import UsageFault
from dashboard.settings import StartFault
from hub.certificates import CertificateFault
from hub.keys import KeyFault
from simulation.cluster.door import WrongAddress
from simulation.executors import ExecutorFault
from store.database import StoreFault
from store.trouble import StoreTrouble
from twin.faults import DistrictFaults

if TYPE_CHECKING:
    from flask import Flask

    from dashboard.services import Services
    from store.sessions import Sessions
    from twin.district import District

HOME = Path(__file__).resolve().parent
DEMO = HOME / "data" / "demo"
TOLD = (StoreFault, StoreTrouble, KeyFault, StartFault, UsageFault, CertificateFault, ExecutorFault)
CANNOT_START = 4  # gunicorn ends instead of trying again and again


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 on success, 1 on faults in the data (all listed), 2 on wrong usage."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except DistrictFaults as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        print(f"{len(error.faults)} faults", file=sys.stderr)
        return 1
    except WrongAddress as error:
        print(error, file=sys.stderr)
        return 2
    except TOLD as error:
        print(error, file=sys.stderr)
        return 1
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def build_parser() -> argparse.ArgumentParser:
    """The command line; without a command it serves the default district."""
    parser = argparse.ArgumentParser(prog="app.py", description="数字孪生区 District Twin")
    parsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_serve(parsers)
    for module in (
        districts,
        studies,
        diagnosing,
        optimising,
        planning,
        grids,
        clusters,
        people,
        sources,
        feeding,
        keeping,
    ):
        module.add(parsers)
    parser.set_defaults(run=serve, **SERVE_DEFAULTS)
    return parser


SERVE_DEFAULTS = {
    "district": DEMO,
    "store": None,
    "host": "127.0.0.1",
    "port": 8050,
    "demo": None,
    "speed": None,
    "with_worker": True,
    "workers": None,
    "cluster": None,
    "certificates": None,
    "warm": True,
}


def _add_serve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    serving = commands.add_parser("serve", help="serve a district (the default command)")
    serving.add_argument("--district", type=Path, default=DEMO)
    serving.add_argument("--store", help="SQLAlchemy URL; default: SQLite under var/")
    serving.add_argument("--host", default="127.0.0.1")
    serving.add_argument("--port", type=int, default=8050)
    serving.add_argument(
        "--demo", action=argparse.BooleanOptionalAction, default=None, help="replay cases into the store"
    )
    _add_speed(serving)
    serving.add_argument(
        "--with-worker", action=argparse.BooleanOptionalAction, default=True, help="start a worker beside"
    )
    clusters.add_options(serving)
    _add_warm(serving)
    serving.set_defaults(run=serve)
    working = commands.add_parser("worker", help="take jobs from the store, feed the demo")
    working.add_argument("--district", type=Path, default=DEMO)
    working.add_argument("--store")
    working.add_argument("--demo", action=argparse.BooleanOptionalAction, default=None)
    _add_speed(working)
    clusters.add_options(working)
    _add_warm(working)
    working.add_argument("--parent", type=int, default=0, help="end when this process ends")
    working.set_defaults(run=work)


def _add_speed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--speed", type=positive, help="of the replay, times the clock; default: replay.toml's"
    )


def _add_warm(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--warm",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="work out the plan page's baseline while nothing else waits",
    )


def serve(options: argparse.Namespace) -> int:
    """Serve the district; a worker runs beside it unless told not to."""
    from werkzeug.serving import make_server

    clusters.find_place(options)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # its lines would hold the links
    server, services = open_server(options.district, options.store)
    warm_up(services)
    worker = _start_worker(options) if options.with_worker else None
    web = make_server(options.host, options.port, server, threaded=True)
    for role, scope, name in list_doors(services.district):
        token = services.sessions.issue_link(role, 60, scope)
        print(f"{role:10} http://{options.host}:{web.port}/enter?token={token} {name}".rstrip(), flush=True)
    print("one-time links, good for an hour; Ctrl-C ends", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        web.serve_forever()
    finally:
        if worker is not None:
            worker.terminate()
            worker.wait(20)
    return 0


def list_doors(district: "District") -> list[tuple[str, str, str]]:
    """Role, unit and words of the links that a start prints; a fictitious district shows its three tiers."""
    doors = [("admin", "", ""), ("display", "", "")]
    if district.label != "fictitious":
        return doors
    units = district.units
    office = units[units["kind"] == "office"].iloc[0]
    committee = units[(units["kind"] == "committee") & (units["parent"] == office["code"])].iloc[0]
    doors.append(("dispatcher", "", district.settings.name))
    doors.append(("township", str(office["code"]), str(office["name"])))
    doors.append(("village", str(committee["code"]), str(committee["name"])))
    return doors


def create_server(folder: Path | None = None, store: str | None = None) -> "tuple[Flask, Sessions]":
    """The web application of a district folder over a store, and its sessions."""
    server, services = open_server(folder, store)
    return server, services.sessions


def open_server(folder: Path | None = None, store: str | None = None) -> "tuple[Flask, Services]":
    """The web application of a district folder over a store, and what it stands on.

    StartFault where a real installation lacks something.
    """
    from dashboard.factory import create_app
    from dashboard.services import build_services
    from dashboard.settings import WebSettings, check_settings
    from store.database import open_store
    from twin.load import load_district

    folder = folder or DEMO
    settings = WebSettings()
    check_settings(settings)
    district, opened = load_district(folder), open_store(store or find_store(folder))
    services = build_services(opened, district, folder, settings)
    server, _ = create_app(services)
    return server, services


def create_wsgi() -> "Flask":
    """What gunicorn serves: `app:create_wsgi()`; TWIN_DISTRICT and TWIN_STORE say what and where."""
    folder = os.environ.get("TWIN_DISTRICT")
    try:
        server, services = open_server(Path(folder) if folder else None)
    except (StoreFault, StoreTrouble, KeyFault, StartFault, DistrictFaults) as error:
        print(error, file=sys.stderr, flush=True)
        raise SystemExit(CANNOT_START) from None
    warm_up(services)
    return server


def warm_up(services: "Services") -> None:
    """Read the store beside the start, so that walls that come back find their figures made."""
    threading.Thread(target=services.live.snapshot, daemon=True).start()


def find_store(folder: Path) -> str:
    """TWIN_STORE, else the SQLite file of a district under var/, made at need."""
    return os.environ.get("TWIN_STORE") or f"sqlite:///{HOME / 'var' / (folder.resolve().name + '.sqlite')}"


def _start_worker(options: argparse.Namespace) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(HOME / "app.py"), "worker", "--district", str(options.district)]
    command += ["--parent", str(os.getpid())]
    for name in ("workers", "cluster", "certificates", "store"):
        if getattr(options, name) is not None:
            command += [f"--{name}", str(getattr(options, name))]
    if options.demo is not None:
        command.append("--demo" if options.demo else "--no-demo")
    command.append("--warm" if options.warm else "--no-warm")
    if options.speed:
        command += ["--speed", str(options.speed)]
    return subprocess.Popen(command)  # noqa: S603


def work(options: argparse.Namespace) -> int:
    """Run one worker until it is stopped; a fictitious district is fed with replayed cases."""
    from hub.chapters import load_plan
    from hub.jobs import ExperimentSpec, load_proposal
    from hub.worker import run_worker
    from simulation.executors import exit_with_parent
    from twin.load import load_district

    if options.parent:
        exit_with_parent(options.parent)
    place = clusters.find_place(options)
    district = load_district(options.district)
    demo = district.label == "fictitious" if options.demo is None else options.demo
    warm = [ExperimentSpec((), **load_proposal())] if options.warm else []
    store = options.store or find_store(options.district)
    run_worker(store, district, place, load_plan(speed=options.speed) if demo else None, warm)
    return 0


if __name__ == "__main__":
    sys.exit(main())
