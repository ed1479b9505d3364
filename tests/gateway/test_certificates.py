"""Demonstration certificates: they hold a mutual handshake, and their keys are nobody else's."""

import ssl
import stat
from pathlib import Path

import pytest

from gateway.certificates import ForeignCertificates, make_certificates


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "certs"
    make_certificates(folder, ["ebank"])
    return folder


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, name: str) -> ssl.SSLObject:
    """In memory; the server's side, with the client's certificate."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname=name)
    other = server.wrap_bio(to_server, to_client, server_side=True)
    done: set[ssl.SSLObject] = set()
    for side in (one, other) * 4:
        if side not in done:
            try:
                side.do_handshake()
                done.add(side)
            except ssl.SSLWantReadError:
                pass
    assert done == {one, other}
    return other


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_mutual_handshake(folder: Path, name: str) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "ca.pem")
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_cert_chain(folder / "hub.pem", folder / "hub.key")
    client = ssl.create_default_context(cafile=folder / "ca.pem")
    client.load_cert_chain(folder / "ebank.pem", folder / "ebank.key")
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    subject = (handshake(server, client, name).getpeercert() or {})["subject"]
    assert subject == ((("commonName", "ebank"),),)


def test_keys_are_readable_by_their_owner_only(folder: Path) -> None:
    for path in folder.iterdir():
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o600 if path.suffix == ".key" else 0o644)


def test_made_anew_over_its_own_but_not_over_others(tmp_path: Path) -> None:
    make_certificates(tmp_path, [])
    before = (tmp_path / "ca.pem").read_bytes()
    (tmp_path / "hub.key").chmod(0o644)
    make_certificates(tmp_path, [])
    assert (tmp_path / "ca.pem").read_bytes() != before
    assert stat.S_IMODE((tmp_path / "hub.key").stat().st_mode) == 0o600
    (tmp_path / "ca.pem").write_text("else")
    with pytest.raises(ForeignCertificates):
        make_certificates(tmp_path, [])
