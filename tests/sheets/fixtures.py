"""Fixtures of the outsider's tests: one hub for a session, and fresh ones for tests that turn screws."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.sheets import ebcdic
from tests.sheets.bank import Bank, open_bank
from tests.sheets.hub_process import ROOT, Changes, run_ecif
from tests.sheets.people import Someone

FreshBank = Callable[[Changes], AbstractContextManager[Bank]]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with certificates and an empty database, to copy from."""
    if ebcdic.MISSING:
        pytest.skip(ebcdic.MISSING)
    folder = tmp_path_factory.mktemp("template")
    shutil.copytree(ROOT / "conf", folder / "conf")
    (folder / "var").mkdir()
    for command in (("certs", "var/certs"), ("db", "upgrade")):
        done = run_ecif(folder, *command)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def bank(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """The shared hub with the shipped conf. Tests keep apart by their own customers."""
    with open_bank(template, tmp_path_factory.mktemp("bank")) as opened:
        yield opened


@pytest.fixture
def fresh_bank(template: Path, tmp_path: Path) -> FreshBank:
    """`with fresh_bank(changes) as bank`: a hub of this test's own, with a changed conf."""
    return lambda changes: open_bank(template, tmp_path, changes)


@pytest.fixture
def who() -> Someone:
    """A customer nobody else has."""
    return Someone()
