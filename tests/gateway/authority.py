"""An authority of the tests' own. It can do what `ecif certs` does not: certificates that have ended, a list
of those it takes back."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Authority:
    def __init__(self, folder: Path, name: str = "authority") -> None:
        self.folder = folder
        self._name, self._key = _name(name), ec.generate_private_key(ec.SECP256R1())
        own = self._begun(self._name, self._key.public_key(), days=400).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self.certificate = folder / f"{name}.pem"
        self._write(self.certificate, own.sign(self._key, hashes.SHA256()))

    def issue(self, name: str, *, days: float = 400, file: str = "") -> tuple[Path, Path]:
        """Certificate and key; fewer than no days: it has ended."""
        key = ec.generate_private_key(ec.SECP256R1())
        here = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        made = self._begun(_name(name), key.public_key(), days=days).add_extension(here, critical=False)
        pem, secret = self.folder / f"{file or name}.pem", self.folder / f"{file or name}.key"
        self._write(pem, made.sign(self._key, hashes.SHA256()))
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return pem, secret

    def revoke(self, certificates: Iterable[Path], *, days: float = 30) -> Path:
        """Its list, good for so long."""
        now = datetime.now(UTC)
        listed = x509.CertificateRevocationListBuilder().issuer_name(self._name)
        listed = listed.last_update(now - timedelta(days=60)).next_update(now + timedelta(days=days))
        for path in certificates:
            number = x509.load_pem_x509_certificate(path.read_bytes()).serial_number
            revoked = x509.RevokedCertificateBuilder().serial_number(number)
            listed = listed.add_revoked_certificate(revoked.revocation_date(now).build())
        file = self.folder / "revoked.pem"
        file.write_bytes(listed.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return file

    def _begun(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, days: float
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=90))
            .not_valid_after(now + timedelta(days=days))
        )

    def _write(self, path: Path, certificate: x509.Certificate) -> None:
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
