import shutil
from pathlib import Path

import pytest

from gateway.config.schema import Conf
from gateway.peers.stage import set_up


def test_a_conf_of_its_own(shipped: Conf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    stage = set_up(shipped.folder)
    assert stage.folder.parent == tmp_path
    addresses = [stage.conf.hub.http.address]
    for system in stage.conf.systems.values():
        addresses += [part.address for part in (system.listen, system.dial) if part is not None]
        if system.listen and system.listen.tls:
            assert system.listen.tls.certificate.is_file()
            assert system.listen.tls.certificate.parent == stage.certificates
    assert len(set(addresses)) == len(addresses) >= 6
    shipped_ports = {f"127.0.0.1:{port}" for port in (*range(7101, 7107), *range(7202, 7206))}
    assert not set(addresses) & shipped_ports
    assert stage.database == f"sqlite:///{stage.folder}/ecif.db"
    assert stage.conf.hub.run.directory == stage.folder
    shutil.rmtree(stage.folder)
