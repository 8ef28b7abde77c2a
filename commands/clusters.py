"""A cluster of machines on the command line: certificates, scheduler, cluster-worker; --cluster of others."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from commands.numbers import at_least, not_negative

if TYPE_CHECKING:
    from hub.clusters import Workplace
    from simulation.executors import Security

PORT = 8786
LOCAL = ("localhost", "127.0.0.1", "::1")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """certificates, scheduler, cluster-worker."""
    making = commands.add_parser("certificates", help="of a cluster's machines, by an authority of its own")
    making.add_argument("--out", type=Path, required=True, help="its authority stays where there is one")
    making.add_argument(
        "--host", action="append", default=[], help="name or address of the scheduler; may be repeated"
    )
    making.add_argument("--days", type=at_least(1), help="how long they hold; default: cluster.toml's")
    making.set_defaults(run=make)
    leading = commands.add_parser("scheduler", help="the head of a cluster, over TLS alone")
    _add_certificates(leading)
    leading.add_argument("--host", default="127.0.0.1", help="where it listens; default: this machine alone")
    leading.add_argument("--port", type=not_negative, default=PORT)
    leading.set_defaults(run=run_scheduler)
    working = commands.add_parser("cluster-worker", help="worker processes of this machine for a scheduler")
    working.add_argument("address", metavar="tls://HOST:PORT", help="of the scheduler")
    _add_certificates(working)
    working.add_argument("--workers", type=at_least(1), default=2, help="processes; one a core")
    working.add_argument("--host", help="where they listen; default: the address that reaches the scheduler")
    working.set_defaults(run=run_workers)


def add_options(parser: argparse.ArgumentParser) -> None:
    """--workers, or --cluster with --certificates."""
    places = parser.add_mutually_exclusive_group()
    places.add_argument("--workers", type=not_negative, help="processes; default: TWIN_POOL, or 2; 0: here")
    places.add_argument("--cluster", metavar="tls://HOST:PORT", help="a scheduler; default: TWIN_CLUSTER")
    _add_certificates(parser)


def find_place(options: argparse.Namespace) -> "Workplace":
    """Where to play: what the options say, else the settings."""
    from hub.clusters import find_workplace

    return find_workplace(options.workers, options.cluster, options.certificates)


def _add_certificates(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--certificates", type=Path, metavar="DIR", help="default: TWIN_CLUSTER_CERTIFICATES")


def make(options: argparse.Namespace) -> int:
    """Write the files of a cluster's authority, scheduler, worker and client."""
    from hub.certificates import ROLES, make_certificates

    hosts = list(dict.fromkeys([*options.host, *LOCAL]))
    is_new = make_certificates(options.out, hosts, options.days)
    print(f"{options.out}: {'a new authority' if is_new else 'its authority stays'}; "
          f"{', '.join(ROLES)} made for {', '.join(hosts)}")  # fmt: skip
    print("to each machine authority.pem and the two files of its role; authority.key stays here, under lock")
    return 0


def run_scheduler(options: argparse.Namespace) -> int:
    """Lead the workers until stopped."""
    from simulation.cluster.servers import serve_scheduler

    security = _read(options, "scheduler")
    try:
        serve_scheduler(options.host, options.port, security, _tell)
    except (OSError, ValueError) as error:
        print(f"{options.host}:{options.port}: {error}", file=sys.stderr)
        return 1
    return 0


def run_workers(options: argparse.Namespace) -> int:
    """Work until stopped; a scheduler that is lost is waited for."""
    from simulation.cluster.servers import serve_workers

    security = _read(options, "worker")
    serve_workers(options.address, options.workers, options.host, security, _tell)
    return 0


def _read(options: argparse.Namespace, role: str) -> "Security":
    from hub.certificates import read_security
    from hub.clusters import read_settings
    from simulation.cluster.door import WrongAddress

    folder = options.certificates or read_settings().cluster_certificates
    if folder is None:
        raise WrongAddress("a cluster speaks TLS alone: --certificates DIR, or TWIN_CLUSTER_CERTIFICATES")
    return read_security(folder, role)


def _tell(text: str) -> None:
    print(text, flush=True)
