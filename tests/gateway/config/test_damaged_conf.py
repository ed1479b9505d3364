"""FAULTS G1: every single-key deletion, typo and type change of the shipped conf is told with file, line and
key, or is legal; it never ends in another exception. `make soak` tries all of them and more types; otherwise
of a system's, which loads its codec each time, every 31st, so that each kind of damage comes at some keys.
"""

import shutil
import tomllib
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from adapters.declaration.sections import CodesFile
from ecif.matching_conf import MatchingConf
from ecif.survivorship import SurvivorshipConf
from gateway.config.checks import check_ports, check_system, check_trust
from gateway.config.declarations import check_declarations
from gateway.config.faults import ConfFault
from gateway.config.files import ConfFile, parse_file, read_file
from gateway.config.hub import HubConf
from gateway.config.schema import SystemConf
from ocrm_api.access.conf import StaffConf
from tests.gateway.config.toml_text import damaged, dump
from tests.soak import SOAK

CONF = Path(__file__).parents[3] / "conf"
SYSTEMS = ("card", "core", "ebank", "loan", "teller", "wealth")
LAYOUTS = [("card", "card.toml"), ("ebank", "ebank.toml"), ("loan", "loan.toml"), ("teller", "teller.toml"),
           ("wealth", "wealth.toml")]  # fmt: skip
SOME = 1 if SOAK else 97
SHARED = {"codes": CodesFile, "survivorship": SurvivorshipConf, "matching": MatchingConf, "staff": StaffConf}
CODES = tomllib.loads((CONF / "codes.toml").read_text("utf-8"))

Check = Callable[[Path, str], Iterable[ConfFault]]


def every_damage_is_told(file: Path, check: Check, step: int = 1) -> int:
    """How many of them were faults. `step`: 2 tries every second damage."""
    data = tomllib.loads(file.read_text("utf-8"))
    assert list(check(file, dump(data))) == []
    told = 0
    for what, path, changed in islice(damaged(data), 0, None, step):
        text = dump(changed)
        try:
            faults = list(check(file, text))
        except Exception as error:
            pytest.fail(f"{file.name}: {path} {what}: {error!r}")
        told += bool(faults)
        for fault in faults:
            assert fault.file, (path, what)
            assert fault.line >= 1, (path, what, fault)
            assert fault.key or fault.line == 1, (path, what, fault)
            assert fault.rule, (path, what)
    return told


def hub_faults(file: Path, text: str) -> Iterable[ConfFault]:
    read = parse_file(file, text, HubConf, {})
    return [*read.faults, *check_ports(read, {})]


def system_faults(file: Path, text: str) -> Iterable[ConfFault]:
    read = parse_file(file, text, SystemConf, {})
    return [*read.faults, *check_system(read), *check_declarations(file.parent.name, read, CODES)]


@pytest.mark.fault("G1", "hub.toml damaged key by key")
def test_hub() -> None:
    assert every_damage_is_told(CONF / "hub.toml", hub_faults) > 90


@pytest.mark.fault("G1", "codes, survivorship and matching damaged key by key")
@pytest.mark.parametrize("name", SHARED)
def test_shared_files(name: str) -> None:
    def faults(file: Path, text: str) -> Iterable[ConfFault]:
        read: ConfFile[Any] = parse_file(file, text, SHARED[name], {})
        return [*read.faults, *(check_trust(read, SYSTEMS) if name == "survivorship" else ())]

    assert every_damage_is_told(CONF / f"{name}.toml", faults) > 10


@pytest.mark.fault("G1", "every system damaged key by key")
@pytest.mark.slow
@pytest.mark.parametrize("name", SYSTEMS)
def test_systems(name: str) -> None:
    told = every_damage_is_told(CONF / "systems" / name / "system.toml", system_faults, SOME)
    assert told > 300 // SOME


@pytest.mark.fault("G1", "every layout damaged key by key")
@pytest.mark.slow
@pytest.mark.parametrize(("name", "layout"), LAYOUTS)
def test_layouts(name: str, layout: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    shutil.copytree(CONF / "systems" / name, folder)
    system = read_file(folder / "system.toml", SystemConf, {})

    def faults(file: Path, text: str) -> Iterable[ConfFault]:
        file.write_text(text, "utf-8")
        return check_declarations(name, system, CODES)

    assert every_damage_is_told(folder / layout, faults, SOME) > 200 // SOME
