"""The way to a scheduler: what address is allowed, and a knock that tells in words why nobody opens."""

import ipaddress
import socket
import ssl
from urllib.parse import urlsplit

from simulation.executors import ExecutorFault, Security


class WrongAddress(ExecutorFault):
    """An address that must not be used."""


class ClusterRefused(ExecutorFault):
    """A cluster that does not let us in, or that must not be used; asking again changes nothing."""


class ClusterLost(ExecutorFault):
    """A cluster that does not answer, or not any more; it may come back."""


def check_address(address: str, secured: bool | None = None) -> tuple[str, int]:
    """Host and port of `tls://host:port`, or of `tcp://` on this machine's loopback; else WrongAddress.

    secured: whether the files of a certificate are there; None: not asked yet.
    """
    parts = urlsplit(address)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if parts.scheme not in ("tls", "tcp") or not host or not port or parts.path or parts.query:
        raise WrongAddress(f"{address}: write it as tls://host:port")
    if parts.scheme == "tcp" and not is_loopback(host):
        raise WrongAddress(
            f"{address}: refused: without TLS anybody who reaches a scheduler runs code on all of its"
            " machines; use tls://, and `app.py certificates` for the files"
        )
    if parts.scheme == "tls" and secured is False:
        raise WrongAddress(f"{address}: TLS needs certificates: --certificates DIR")
    return host, port


def is_loopback(host: str) -> bool:
    """Whether a host is this machine's loopback by its very name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def knock(address: str, security: Security | None, seconds: float) -> None:
    """Open a connection as dask would, and close it; ClusterRefused or ClusterLost where that fails.

    Unlike dask it holds the scheduler's certificate to the host that was asked for.
    """
    host, port = check_address(address, security is not None)
    try:
        with socket.create_connection((host, port), seconds) as plain:
            if address.startswith("tls://") and security is not None:
                _shake_hands(plain, host, security)
    except ssl.SSLCertVerificationError as error:
        raise ClusterRefused(
            f"{address}: its certificate does not hold: {error.verify_message}; it must be of the authority"
            f" {security.authority if security else ''} and made with `--host {host}`"
        ) from None
    except ssl.SSLError as error:
        raise ClusterRefused(
            f"{address}: no TLS with it ({error.reason or error}): it speaks none, or knows another authority"
            " than this certificate's"
        ) from None
    except OSError as error:
        reason = "no answer" if isinstance(error, TimeoutError) else error.strerror or error
        raise ClusterLost(f"{address}: not reached: {reason}") from None


def _shake_hands(plain: socket.socket, host: str, security: Security) -> None:
    context = ssl.create_default_context(cafile=security.authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(security.certificate, security.key)
    with context.wrap_socket(plain, server_hostname=host) as wire:
        if not wire.recv(1):  # in TLS 1.3 the other side's refusal comes only with the first byte
            raise ssl.SSLError("closed at once")
