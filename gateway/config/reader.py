"""`read_conf`: a conf folder in, a frozen `Conf` or all of its faults out. It opens only these files."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, RootModel

from adapters.declaration import CodesFile
from gateway.config.checks import check_ports, check_system
from gateway.config.faults import ConfError, ConfFault
from gateway.config.files import ConfFile, read_file
from gateway.config.schema import Conf, HubConf, SystemConf

_SYSTEM_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_WINS = {("database", "url"): "ECIF_DATABASE_URL"}


class _AsItStands(RootModel[dict[str, Any]]):
    """A file whose owner has not declared it yet."""


def read_conf(folder: Path, environ: Mapping[str, str]) -> Conf:
    """The whole conf under `folder`. Raises ConfError with every fault there is."""
    if not folder.is_dir():
        raise ConfError([ConfFault(str(folder), 0, "", "is no folder: name the conf folder with --conf DIR")])
    hub = read_file(folder / "hub.toml", HubConf, environ, _WINS)
    shared = {name: read_file(folder / f"{name}.toml", model, environ) for name, model in _SHARED.items()}
    systems, faults = _read_systems(folder / "systems", environ)
    files: list[ConfFile[Any]] = [hub, *shared.values(), *systems.values()]
    for file in files:
        faults.extend(file.faults)
    for system in systems.values():
        faults.extend(check_system(system))
    faults.extend(check_ports(hub, systems))
    models = {name: file.model for name, file in systems.items() if file.model}
    if faults or hub.model is None:
        raise ConfError(faults)
    return Conf(folder, hub.model, models, *(_content(file) for file in shared.values()))


_SHARED: Mapping[str, type[BaseModel]] = {
    "codes": CodesFile,
    "survivorship": _AsItStands,
    "matching": _AsItStands,
}


def _content(file: ConfFile[BaseModel]) -> Any:
    return file.model.root if isinstance(file.model, _AsItStands) else file.model


def _read_systems(
    folder: Path, environ: Mapping[str, str]
) -> tuple[dict[str, ConfFile[SystemConf]], list[ConfFault]]:
    systems: dict[str, ConfFile[SystemConf]] = {}
    faults: list[ConfFault] = []
    for system in _folders(folder):
        if not _SYSTEM_NAME.fullmatch(system.name):
            rule = "is no system name: use lower-case letters, digits and _, at most 32, a letter first"
            faults.append(ConfFault(str(system), 0, "", rule))
            continue
        systems[system.name] = read_file(system / "system.toml", SystemConf, environ)
    if not systems:
        faults.append(ConfFault(str(folder), 0, "", "holds no system: add a folder with a system.toml"))
    return systems, faults


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
