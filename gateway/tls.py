"""Certificates beyond their chain: revocation, why one was refused, how long those of the hub are still good.

Revocation lists are files, as banks hand them round (RFC 5280): nobody is asked over the network while a
handshake waits. A list that is out of date refuses everybody, since it may hide what was revoked since;
therefore its end is watched like a certificate's.
"""

import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography import x509

WARN_DAYS: Final = 30
_REASONS: Final[Mapping[int, str]] = {
    3: "tls revocation list missing",
    9: "tls certificate not yet valid",
    10: "tls certificate expired",
    12: "tls revocation list out of date",
    18: "tls certificate unknown",
    19: "tls certificate unknown",
    20: "tls certificate unknown",
    21: "tls certificate unknown",
    23: "tls certificate revoked",
    62: "tls name not allowed",
    64: "tls name not allowed",
}
"""OpenSSL's X509_V_ERR_* → what is counted and logged."""


def refuse_revoked(context: ssl.SSLContext, revoked: Path | None) -> None:
    """OSError, ssl.SSLError: the list cannot be used."""
    if revoked is not None:
        context.load_verify_locations(revoked)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF


def refusal_of(error: ssl.SSLCertVerificationError) -> str:
    return _REASONS.get(error.verify_code, "tls certificate refused")


def is_revocation_list(path: Path) -> bool:
    try:
        x509.load_pem_x509_crl(path.read_bytes())
    except (OSError, ValueError):
        return False
    return True


def ends(path: Path) -> Iterator[datetime]:
    """When the certificates or the revocation list in that file cease to count; nothing for other files."""
    try:
        data = path.read_bytes()
        if b"BEGIN X509 CRL" in data:
            following = x509.load_pem_x509_crl(data).next_update_utc
            yield from [following] if following else []
        else:
            yield from (one.not_valid_after_utc for one in x509.load_pem_x509_certificates(data))
    except (OSError, ValueError):
        return


def days_left(path: Path, now: datetime | None = None) -> int | None:
    """Whole days until the first of them ends, negative when it has; None where there is nothing to end."""
    first = min(ends(path), default=None)
    return None if first is None else (first - (now or datetime.now(UTC))).days
