"""The demonstration's own folder: the conf copied with free ports and paths of its own, certificates.

Nothing of the machine is touched besides that folder. It is kept, because the last thing the demonstration
says is how to look into its database.
"""

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from gateway.certificates import make_certificates
from gateway.config.reader import read_conf
from gateway.config.schema import Conf
from gateway.peers.ports import give_free_ports

_DATABASE = re.compile(r'^(\s*url\s*=\s*")[^"]*(")', re.MULTILINE)
_DIRECTORY = re.compile(r'^(\s*directory\s*=\s*")[^"]*(")', re.MULTILINE)
_CERTIFICATES = re.compile(r'"[^"\n]*/([A-Za-z0-9_]+\.(?:pem|key))"')


@dataclass(frozen=True)
class Stage:
    folder: Path
    conf: Conf

    @property
    def database(self) -> str:
        return self.conf.hub.database.url

    @property
    def certificates(self) -> Path:
        return self.folder / "certs"


def set_up(conf_folder: Path) -> Stage:
    """A copy of that conf that can run beside any other hub."""
    folder = Path(tempfile.mkdtemp(prefix="ecif-demo-"))
    copy = folder / "conf"
    shutil.copytree(conf_folder, copy, ignore=shutil.ignore_patterns("*.pem"))
    give_free_ports(copy)
    for file in (copy / "hub.toml", *copy.glob("systems/*/system.toml")):
        file.write_text(_CERTIFICATES.sub(rf'"{folder}/certs/\1"', file.read_text("utf-8")), "utf-8")
    _make_its_own(copy / "hub.toml", folder)
    conf = read_conf(copy, {})
    make_certificates(folder / "certs", [name for name, system in conf.systems.items() if _tls(system)])
    return Stage(folder, conf)


def _make_its_own(hub: Path, folder: Path) -> None:
    text = _DATABASE.sub(rf"\1sqlite:///{folder}/ecif.db\2", hub.read_text("utf-8"))
    hub.write_text(_DIRECTORY.sub(rf"\1{folder}\2", text), "utf-8")


def _tls(system: object) -> bool:
    listen = getattr(system, "listen", None)
    return listen is not None and listen.tls is not None
