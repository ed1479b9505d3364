"""Bad input on the command line: faults of conf and database are said clearly, nothing is half-started."""

import shutil
import socket
import sqlite3
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from gateway.cli.main import main
from tests.sheets.hub_process import HubProcess, Ports, prepare, run_ecif, running, set_value

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    """A working directory where the hub could start."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    prepare(tmp_path, Ports.free())
    return tmp_path


def _line(file: Path, text: str) -> int:
    """Where a text stands; from 1."""
    lines = file.read_text("utf-8").splitlines()
    return next(n for n, line in enumerate(lines, 1) if text in line)


def _break(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def _address(file: Path) -> str:
    lines = file.read_text("utf-8").splitlines()
    return next(line.split('"')[1] for line in lines if line.startswith("address"))


def _faults(folder: Path, command: str) -> list[str]:
    done = run_ecif(folder, command, "--conf", "conf", seconds=120)
    return _told(done.returncode, done.stdout, done.stderr)


def _checked(folder: Path) -> list[str]:
    """`ecif check` in this process: a new one for each fault would cost a minute in all."""
    out, said = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(said), pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with pytest.raises(SystemExit) as ended:
            main(["check", "--conf", "conf"])
    return _told(ended.value.code, out.getvalue(), said.getvalue())


def _told(code: object, out: str, said: str) -> list[str]:
    assert code == 2, (code, said)
    assert "Traceback" not in said
    assert out == ""
    return said.splitlines()


def _expect(said: list[str], file: Path, line: int, *words: str) -> None:
    place = f"{file.parent.name}/{file.name}" + (f":{line}" if line else "")
    fitting = [text for text in said if place in text and all(word in text for word in words)]
    assert fitting, f"no fault at {place} about {words} in:\n" + "\n".join(said)


@pytest.mark.parametrize("command", ["check", "serve"])
def test_all_faults_at_once_with_file_line_and_key(folder: Path, command: str) -> None:
    conf = folder / "conf"
    hub, core, loan, ebank = (
        conf / "hub.toml",
        *(conf / "systems" / name / "system.toml" for name in ("core", "loan", "ebank")),
    )
    set_value(hub, "intake.batch_mesages", "3")
    set_value(core, "listen.connections", '"four"')
    set_value(loan, "listen.address", f'"{_address(ebank)}"')
    set_value(core, "codec.charset", '"cp9999"')
    (core.parent / "core-push.cpy").unlink()
    said = _faults(folder, command)
    _expect(said, hub, _line(hub, "batch_mesages"), "intake.batch_mesages", "batch_messages")
    _expect(said, core, _line(core, '"four"'), "listen.connections")
    _expect(said, loan, _line(loan, _address(ebank)), "listen.address", "port")
    _expect(said, core, _line(core, "cp9999"), "codec.charset")
    _expect(said, core, _line(core, "core-push.cpy"), "codec.records.CP01")


@pytest.mark.parametrize("command", ["check", "serve"])
def test_unknown_charset_of_a_field_and_a_table(folder: Path, command: str) -> None:
    core, loan = (folder / "conf" / "systems" / name / "system.toml" for name in ("core", "loan"))
    set_value(core, "codec.charsets.CUST-NAME", '"cp9350"')
    set_value(loan, "codec.charset", '"gb99999"')
    said = _faults(folder, command)
    _expect(said, core, _line(core, "cp9350"), "codec.charsets.CUST-NAME")
    _expect(said, loan, _line(loan, "gb99999"), "codec.charset")


def test_a_table_whose_sizes_do_not_add_up(folder: Path) -> None:
    """A count too narrow for its list, and told beside the unknown charset of the same system."""
    layouts = folder / "conf" / "systems" / "loan" / "loan.toml"
    _break(layouts, 'count = ["LOAN_COUNT", 2], max = 50', 'count = ["LOAN_COUNT", 1], max = 50')
    set_value(layouts.parent / "system.toml", "codec.charset", '"gb99999"')
    said = _checked(folder)
    _expect(said, layouts, 0, "LOAN_COUNT")
    _expect(said, layouts.parent / "system.toml", 0, "codec.charset")


def test_layouts_that_do_not_add_up_to_the_sizes_of_the_sheet(folder: Path) -> None:
    core, loan = (folder / "conf" / "systems" / name for name in ("core", "loan"))
    _break(core / "core-push.cpy", "PIC X(62)", "PIC X(61)")
    _break(loan / "loan.toml", '["NAME", 60, "text"],', '["NAME", 59, "text"],')
    said = _checked(folder)
    _expect(said, core / "system.toml", _line(core / "system.toml", "CP01 = 307"), "codec.sizes.CP01", "306")
    _expect(said, loan / "system.toml", _line(loan / "system.toml", "LN10 = 465"), "codec.sizes.LN10", "464")


def test_a_frame_limit_below_the_largest_message(folder: Path) -> None:
    core = folder / "conf" / "systems" / "core" / "system.toml"
    set_value(core, "framing.limit", "4000")
    _expect(_checked(folder), core, _line(core, "limit = 4000"), "framing.limit", "4569")


def test_a_width_in_quotes(folder: Path) -> None:
    layouts = folder / "conf" / "systems" / "loan" / "loan.toml"
    _break(layouts, '["MOBILE", 15, "text"]', '["MOBILE", "15", "text"]')
    _expect(_checked(folder), layouts, _line(layouts, '"MOBILE"'))


def test_a_copybook_that_cannot_be(folder: Path) -> None:
    copybook = folder / "conf" / "systems" / "core" / "core.cpy"
    _break(copybook, "PIC S9(13)V99 COMP-3.", "PIC S9(13V99 COMP-3.")
    said = _checked(folder)
    _expect(said, copybook, _line(copybook, "S9(13V99"))


def test_a_mapping_to_a_field_that_the_layout_lacks(folder: Path) -> None:
    core = folder / "conf" / "systems" / "core" / "system.toml"
    _break(core, '"CUST-RISK"', '"CUST-RISC"')
    said = _checked(folder)
    _expect(said, core, _line(core, "CUST-RISC"), "customer.values.risk")


def test_a_system_without_its_file(folder: Path) -> None:
    (folder / "conf" / "systems" / "loan" / "system.toml").unlink()
    said = _checked(folder)
    _expect(said, folder / "conf" / "systems" / "loan" / "system.toml", 0)


def test_no_conf_at_all(tmp_path: Path) -> None:
    said = _faults(tmp_path, "serve")
    assert any("conf" in line for line in said)


def test_toml_that_is_none(folder: Path) -> None:
    ebank = folder / "conf" / "systems" / "ebank" / "system.toml"
    _break(ebank, "[listen]", "[listen")
    said = _checked(folder)
    _expect(said, ebank, _line(ebank, "[listen"))


def test_no_fault_shows_a_value(folder: Path) -> None:
    hub = folder / "conf" / "hub.toml"
    set_value(hub, "database.url", '"postgresql://ecif:geheim@nowhere/ecif"')
    set_value(hub, "database.pasword", '"geheim"')
    assert "geheim" not in "\n".join(_faults(folder, "serve"))


def _not_now(folder: Path, *words: str, code: int = 3) -> None:
    done = run_ecif(folder, "serve", "--conf", "conf", seconds=60)
    assert done.returncode == code, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    assert "ready" not in done.stderr.split()
    assert all(word in done.stderr for word in words), done.stderr


def test_a_database_newer_than_the_program(folder: Path) -> None:
    with sqlite3.connect(folder / "var" / "ecif.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    _not_now(folder, "9999")


@pytest.mark.fault("D2", "locked at start")
def test_a_database_that_somebody_else_holds(folder: Path) -> None:
    database = sqlite3.connect(folder / "var" / "ecif.db", isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    try:
        _not_now(folder, "locked")
    finally:
        database.close()


def test_a_database_that_cannot_be_reached(folder: Path) -> None:
    set_value(folder / "conf" / "hub.toml", "database.url", '"sqlite:///no/such/folder/ecif.db"')
    (folder / "no").write_text("a file where a folder should be", "utf-8")
    _not_now(folder, "no/such/folder")


@pytest.mark.fault("C12", "port in use")
def test_a_port_that_is_taken(folder: Path) -> None:
    core = folder / "conf" / "systems" / "core" / "system.toml"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        set_value(core, "listen.address", f'"127.0.0.1:{port}"')
        _not_now(folder, str(port))


@pytest.mark.fault("C12", "certificates missing")
def test_certificates_that_are_missing(folder: Path) -> None:
    shutil.rmtree(folder / "var" / "certs")
    _not_now(folder, "var/certs", "ecif certs", code=2)


def test_a_sound_conf_is_said_to_be_sound(folder: Path) -> None:
    assert run_ecif(folder, "check", "--conf", "conf").returncode == 0


def test_it_starts_once_all_is_mended(folder: Path) -> None:
    with running(HubProcess(folder, Ports(0, 0, 0, 0, 0))) as hub:
        assert hub.stop() == 0
