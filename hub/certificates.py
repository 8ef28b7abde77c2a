"""Certificates of a cluster: an authority of its own, and one each for scheduler, worker and client."""

import ipaddress
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from simulation.cluster.policy import read_cluster_policy
from simulation.executors import Security

AUTHORITY = "authority"
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
#: What a certificate may be used for: a client's never passes for a scheduler or a worker.
ROLES = {"scheduler": (SERVER, CLIENT), "worker": (SERVER, CLIENT), "client": (CLIENT,)}


class CertificateFault(Exception):
    """Files of a certificate that cannot be used, all faults in words, never their content."""


@dataclass(frozen=True)
class Signed:
    """A certificate and the key that belongs to it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make_certificates(
    folder: Path, hosts: Sequence[str], days: int | None = None, now: datetime | None = None
) -> bool:
    """Write authority, scheduler, worker and client as NAME.pem and NAME.key; whether the authority is new.

    hosts: names and addresses that the scheduler is reached by. An authority that is there stays, so that
    machines with older certificates of it go on; the other three are made anew. Keys get mode 600.
    days: how long they hold (default: data/defaults/cluster.toml). CertificateFault where the authority ends
    before, or a host is none.
    """
    policy, begin, names = read_cluster_policy(), now or datetime.now(UTC), list(map(_read_host, hosts))
    end = begin + timedelta(days=policy.certificate_days if days is None else days)
    folder.mkdir(parents=True, exist_ok=True)
    is_new = not (folder / f"{AUTHORITY}.pem").exists()
    if is_new:
        authority = _sign_authority(begin, begin + timedelta(days=policy.authority_days))
        _write(folder, AUTHORITY, authority)
    else:
        authority = _read_authority(folder)
    if end > authority.certificate.not_valid_after_utc:
        last = authority.certificate.not_valid_after_utc
        raise CertificateFault(
            f"{folder}: the authority ends on {last:%Y-%m-%d}; fewer days, or a new folder"
        )
    for role in ROLES:
        _write(folder, role, _sign(role, names if role == "scheduler" else (), authority, begin, end))
    return is_new


def read_security(folder: Path, role: str, now: datetime | None = None) -> Security:
    """The files of a role in a folder; CertificateFault with everything that is wrong with them."""
    files = Security(folder / f"{AUTHORITY}.pem", folder / f"{role}.pem", folder / f"{role}.key")
    faults = [
        f"{path}: {reason}" for path in (files.authority, files.certificate) if (reason := _judge(path, now))
    ]
    if reason := _judge_key(files.key):
        faults.append(f"{files.key}: {reason}")
    if not faults and not _belong_together(files):
        faults.append(f"{files.key}: does not belong to {files.certificate.name}")
    if faults:
        raise CertificateFault("\n".join([*faults, "`app.py certificates --out DIR` makes them"]))
    return files


def _judge(path: Path, now: datetime | None) -> str:
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except OSError as error:
        return str(error.strerror)
    except ValueError:
        return "no certificate (PEM)"
    moment = now or datetime.now(UTC)
    if moment > certificate.not_valid_after_utc:
        return f"ended on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if moment < certificate.not_valid_before_utc:
        return f"begins on {certificate.not_valid_before_utc:%Y-%m-%d}; is this machine's clock right?"
    return ""


def _judge_key(path: Path) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        path.open("rb").close()
    except OSError as error:
        return str(error.strerror)
    return f"others may read it (mode {mode:o}); `chmod 600 {path}`" if mode & 0o077 else ""


def _belong_together(files: Security) -> bool:
    try:
        key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    except (ValueError, TypeError):
        return False
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(*form) == certificate.public_key().public_bytes(*form)


def _read_authority(folder: Path) -> Signed:
    """The authority of a folder; CertificateFault where it lacks its key."""
    path = folder / f"{AUTHORITY}.key"
    if reason := _judge_key(path):
        raise CertificateFault(f"{path}: {reason}; without it the authority makes no certificates")
    certificate = x509.load_pem_x509_certificate((folder / f"{AUTHORITY}.pem").read_bytes())
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Signed(certificate, key)


def _sign_authority(begin: datetime, end: datetime) -> Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("authority")
    draft = _draft(name, name, key, begin, end)
    draft = draft.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    draft = draft.add_extension(_usage(signs=True), critical=True)
    return Signed(draft.sign(key, hashes.SHA256()), key)


def _sign(
    role: str, names: Sequence[x509.GeneralName], authority: Signed, begin: datetime, end: datetime
) -> Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    draft = _draft(_name(role), authority.certificate.subject, key, begin, end)
    draft = draft.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    draft = draft.add_extension(_usage(signs=False), critical=True)
    draft = draft.add_extension(x509.ExtendedKeyUsage(ROLES[role]), critical=True)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    draft = draft.add_extension(identifier, critical=False)
    if names:
        draft = draft.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Signed(draft.sign(authority.key, hashes.SHA256()), key)


def _draft(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    draft = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    draft = draft.serial_number(x509.random_serial_number())
    draft = draft.not_valid_before(begin - timedelta(hours=1)).not_valid_after(end)  # clocks differ
    return draft.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def _name(role: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"District Twin {role}")])


def _usage(signs: bool) -> x509.KeyUsage:
    others = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
         "decipher_only"), False,
    )  # fmt: skip
    return x509.KeyUsage(digital_signature=not signs, key_cert_sign=signs, crl_sign=signs, **others)


def _read_host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return x509.DNSName(host)
    except ValueError:
        raise CertificateFault(f"{host}: a name in ASCII letters, or an address") from None


def _write(folder: Path, name: str, signed: Signed) -> None:
    """The key first: a certificate without its key is never seen."""
    secret = signed.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _replace(folder / f"{name}.key", secret, 0o600)
    _replace(folder / f"{name}.pem", signed.certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _replace(path: Path, body: bytes, mode: int) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(body)
    draft.replace(path)
