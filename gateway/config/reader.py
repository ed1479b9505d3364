"""`read_conf`: a conf folder in, a frozen `Conf` or all of its faults out. It opens only these files."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapters.declaration.sections import CodesFile
from ecif.linkage.declaration import MatchModel
from ecif.matching_conf import MatchingConf
from ecif.survivorship import SurvivorshipConf
from gateway.config.checks import check_ports, check_score, check_system, check_trust
from gateway.config.declarations import check_declarations, check_layouts
from gateway.config.faults import ConfError, ConfFault
from gateway.config.files import ConfFile, read_file
from gateway.config.schema import Conf, HubConf, SystemConf
from ocrm_api.access.conf import StaffConf

_SYSTEM_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_WINS = {("database", "url"): "ECIF_DATABASE_URL"}


def read_conf(folder: Path, environ: Mapping[str, str]) -> Conf:
    """The whole conf under `folder`. Raises ConfError with every fault there is."""
    if not folder.is_dir():
        raise ConfError([ConfFault(str(folder), 0, "", "is no folder: name the conf folder with --conf DIR")])
    hub = read_file(folder / "hub.toml", HubConf, environ, _WINS)
    codes = read_file(folder / "codes.toml", CodesFile, environ)
    survivorship = read_file(folder / "survivorship.toml", SurvivorshipConf, environ)
    matching = read_file(folder / "matching.toml", MatchingConf, environ)
    staff = _read_staff(folder / "staff.toml", environ)
    model = _read_match_model(folder, matching, environ)
    systems, faults = _read_systems(folder / "systems", environ)
    files: list[ConfFile[Any]] = [hub, codes, survivorship, matching, *model, staff, *systems.values()]
    for file in files:
        faults.extend(file.faults)
    for name, system in systems.items():
        faults.extend(check_system(system))
        if codes.model:
            faults.extend(check_declarations(name, system, codes.model.root))
    coming = _read_coming(systems, environ)
    for name, system in coming.items():
        faults.extend((*system.faults, *check_system(system)))
        if codes.model:
            faults.extend(check_declarations(name, system, codes.model.root))
            faults.extend(check_layouts(name, systems[name], system, codes.model.root))
    faults.extend(check_ports(hub, systems))
    faults.extend(check_trust(survivorship, systems))
    for file in model:
        faults.extend(check_score(matching, file))
    if faults or not (hub.model and codes.model and survivorship.model and matching.model and staff.model):
        raise ConfError(faults)
    models = {name: file.model for name, file in systems.items() if file.model}
    scored = next((file.model for file in model), None)
    return Conf(
        folder, hub.model, models, codes.model, survivorship.model, matching.model, staff.model, scored,
        {name: file.model for name, file in coming.items() if file.model},
    )  # fmt: skip


def _read_staff(path: Path, environ: Mapping[str, str]) -> ConfFile[StaffConf]:
    """The only file that may be left out: a hub without HTTP needs none."""
    return read_file(path, StaffConf, environ) if path.exists() else ConfFile(path, "", StaffConf(), ())


def _read_match_model(
    folder: Path, matching: ConfFile[MatchingConf], environ: Mapping[str, str]
) -> list[ConfFile[MatchModel]]:
    """The match model, where matching.toml names one."""
    score = matching.model.score if matching.model else None
    return [] if score is None else [read_file(folder / score.model, MatchModel, environ)]


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


def _read_coming(
    systems: Mapping[str, ConfFile[SystemConf]], environ: Mapping[str, str]
) -> dict[str, ConfFile[SystemConf]]:
    """The coming version of a system's layouts, where it has [layouts]: its file over system.toml."""
    found: dict[str, ConfFile[SystemConf]] = {}
    for name, file in systems.items():
        layouts = file.model.layouts if file.model else None
        if layouts is not None:
            under = {key: value for key, value in file.data.items() if key != "layouts"}
            path = file.path.parent / layouts.next
            found[name] = read_file(path, SystemConf, environ, under=under)
    return found


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
