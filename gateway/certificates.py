"""Demonstration certificates: a CA of one day's making, the hub's certificate, one for each system with TLS.

For trying things out and for tests. A bank brings its own. The CA's key is thrown away when the
certificates are made, so nobody can sign more with it.
"""

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_NAME = "ECIF hub demonstration CA"
_DAYS = 825
_HERE = (x509.DNSName("localhost"), *(x509.IPAddress(ip_address(ip)) for ip in ("127.0.0.1", "::1")))
_ROLES = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)


class ForeignCertificates(Exception):
    """The folder holds certificates that this module did not make."""


def make_certificates(folder: Path, systems: Iterable[str]) -> list[Path]:
    """Write `ca.pem`, `hub.pem`, `hub.key` and `<system>.pem`, `<system>.key`; the files made.

    Replaces an earlier demonstration set. Raises ForeignCertificates where ca.pem is someone else's.
    """
    _refuse_foreign(folder / "ca.pem")
    folder.mkdir(parents=True, exist_ok=True)
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = _ca_certificate(ca_key)
    files = [_write(folder / "ca.pem", _pem(ca), 0o644)]
    for name in ("hub", *systems):
        key = ec.generate_private_key(ec.SECP256R1())
        files.append(_write(folder / f"{name}.key", _key_pem(key), 0o600))
        files.append(_write(folder / f"{name}.pem", _pem(_leaf_certificate(name, key, ca, ca_key)), 0o644))
    return files


def _refuse_foreign(path: Path) -> None:
    if not path.exists():
        return
    try:
        subject = x509.load_pem_x509_certificate(path.read_bytes()).subject
        name = subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    except (ValueError, IndexError):
        name = ""
    if name != CA_NAME:
        raise ForeignCertificates(f"{path} is not a demonstration CA: choose another folder or remove it")


def _ca_certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    usage = _key_usage(signs_certificates=True)
    return (
        _started(_name(CA_NAME), _name(CA_NAME), key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )


def _leaf_certificate(
    name: str, key: ec.EllipticCurvePrivateKey, ca: x509.Certificate, ca_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    return (
        _started(_name(name), ca.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(_ROLES), critical=False)
        .add_extension(x509.SubjectAlternativeName(_HERE), critical=False)
        .add_extension(issuer, critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _started(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # clocks of other machines
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, data: bytes, mode: int) -> Path:
    """Never readable by others, not even for a moment; replaced as a whole."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with open(part, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        os.fchmod(file.fileno(), mode)
        file.write(data)
    part.replace(path)
    return path
