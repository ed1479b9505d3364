"""What conf names but does not hold: certificates, ports, the database, peers. Looked at before all else.

`serve` stops at the first kind of trouble with a text that says what to do; `ecif check --connect` tells all.
"""

import errno
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509

from gateway.config.schema import Conf
from gateway.tls import is_revocation_list

_CONNECT_SECONDS = 3.0


class NotReady(Exception):
    """Something outside is missing: one line a trouble. `code` is the exit code it deserves."""

    def __init__(self, troubles: list[str], code: int) -> None:
        super().__init__("\n".join(troubles))
        self.code = code


def demand(troubles: Iterator[str], *, code: int) -> None:
    """Raises NotReady where there are any."""
    found = list(troubles)
    if found:
        raise NotReady(found, code)


# ---------------------------------------------------------------------------------- certificates
def tls_files(conf: Conf) -> Iterator[tuple[str, Path]]:
    """Every certificate and key file that conf names, with its key path."""
    sections = [("http.tls", conf.hub.http.tls)]
    for name, system in conf.systems.items():
        sections.append((f"{name}: listen.tls", system.listen.tls if system.listen else None))  # type: ignore[arg-type]
        sections.append((f"{name}: dial.tls", system.dial.tls if system.dial else None))  # type: ignore[arg-type]
    for section, tls in sections:
        for key in ("certificate", "key", "client_ca", "ca", "revoked"):
            path = getattr(tls, key, None)
            if path is not None:
                yield f"{section}.{key}", path


def certificates_of(conf: Conf) -> dict[str, Path]:
    """The hub's own certificates and the revocation lists, for their expiry, by where they are used."""
    ending = (".certificate", ".revoked")
    return {key.replace(": ", "."): path for key, path in tls_files(conf) if key.endswith(ending)}


def certificate_troubles(conf: Conf) -> Iterator[str]:
    for key, path in tls_files(conf):
        if not path.is_file():
            yield f"{path} ({key}) is missing: make demonstration ones with `ecif certs {path.parent}`"
    yield from _unusable(conf)


def _unusable(conf: Conf) -> Iterator[str]:
    files = dict(tls_files(conf))
    for key, path in files.items():
        if key.endswith(".certificate") and path.is_file():
            private = files[key.removesuffix("certificate") + "key"]
            if private.is_file() and not _pair_loads(path, private):
                yield f"{path} and {private} ({key}) are no certificate and its key in PEM"
        elif key.endswith("ca") and path.is_file() and not _is_certificate(path):
            yield f"{path} ({key}) is no certificate in PEM"
        elif key.endswith("revoked") and path.is_file() and not is_revocation_list(path):
            yield f"{path} ({key}) is no revocation list in PEM"


def _pair_loads(certificate: Path, key: Path) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=lambda: "")
    except (ssl.SSLError, OSError, ValueError):
        return False
    return True


def _is_certificate(path: Path) -> bool:
    try:
        return bool(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError):
        return False


# ----------------------------------------------------------------------------------------- ports
def port_troubles(conf: Conf) -> Iterator[str]:
    """Ports that cannot be opened: asked now, so that nothing is half started when one is in use."""
    for name, system in conf.systems.items():
        if system.listen:
            yield from _port_trouble(f"system {name}", system.listen.host, system.listen.port)
    if conf.hub.http.start:
        yield from _port_trouble("[http]", conf.hub.http.host, conf.hub.http.port)


def _port_trouble(owner: str, host: str, port: int) -> Iterator[str]:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        hint = ": is another hub running?" if error.errno == errno.EADDRINUSE else ""
        yield f"{host}:{port} ({owner}) cannot be opened: {error.strerror}{hint}"


# ----------------------------------------------------------------------------------------- peers
def dial_troubles(conf: Conf) -> Iterator[str]:
    for name, system in conf.systems.items():
        if system.dial is None:
            continue
        try:
            socket.create_connection((system.dial.host, system.dial.port), _CONNECT_SECONDS).close()
        except OSError as error:
            reason = error.strerror or "no answer"
            yield f"{system.dial.address} (system {name}, dial.address) cannot be reached: {reason}"


# -------------------------------------------------------------------------------------- database
def prepare_database(conf: Conf) -> None:
    """The embedded default is made when its files are not there yet; any other database is left as it is."""
    from ecif.store.engine import is_missing_file, read_url
    from ocrm_api.chains import placed

    parts = placed(conf.hub.database.url)
    missing = [part for part in parts if is_missing_file(read_url(part[1]))]
    if missing:
        from ecif.store.migrate import upgrade  # Alembic takes long to load, and is seldom needed

        for chain, url in missing:
            upgrade(url, chain)


def database_troubles(conf: Conf) -> Iterator[str]:
    from ecif.store.errors import StoreError
    from ecif.store.store import open_store

    try:
        open_store(conf.hub.database.url).close()
    except StoreError as error:
        yield f"database.url: {error}"
