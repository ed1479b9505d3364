"""A conf folder read whole: the shipped one is sound, and all faults of a bad one come at once."""

import shutil
from pathlib import Path

import pytest

from gateway.config.faults import ConfError
from gateway.config.reader import read_conf

SHIPPED = Path(__file__).parents[3] / "conf"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "conf"))


def change(file: Path, old: str, new: str) -> int:
    """The line of the change."""
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    return text[: text.index(old)].count("\n") + 1


def faults(folder: Path, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfError) as caught:
        read_conf(folder, environ or {})
    return [str(fault).replace(f"{folder}/", "") for fault in caught.value.faults]


def test_the_shipped_conf_is_sound() -> None:
    conf = read_conf(SHIPPED, {})
    assert {"core", "ebank", "loan", "wealth"} <= set(conf.systems)
    assert conf.hub.database.url == "sqlite:///var/ecif.db"
    assert conf.systems["core"].listen is not None
    assert conf.systems["core"].listen.port == 7101


def test_the_environment_wins_for_the_database() -> None:
    assert read_conf(SHIPPED, {"ECIF_DATABASE_URL": "sqlite:///x.db"}).hub.database.url == "sqlite:///x.db"


def test_all_faults_at_once_with_file_line_and_key(folder: Path) -> None:
    hub, core = folder / "hub.toml", folder / "systems/core/system.toml"
    loan = folder / "systems/loan/loan.toml"
    unknown = change(hub, "batch_messages", "batch_mesages")
    typed = change(core, "window = 64", 'window = "64"')
    charset = change(core, 'CUST-NAME = "cp935"', 'CUST-NAME = "cp9999"')
    shipped = change(core, 'address = "127.0.0.1:7101"', 'address = "127.0.0.1"')
    change(loan, '["SENT_AT", 14, "time"]', '["SENT_AT", 13, "time"]')
    found = faults(folder)
    hint = "is not a key here: did you mean batch_messages?"
    assert found[0] == f"hub.toml:{unknown} intake.batch_mesages: {hint}"
    assert any(f"core/system.toml:{typed} delivery.window: must be a whole number" in one for one in found)
    assert any(f"core/system.toml:{shipped} listen.address: must be HOST:PORT" in one for one in found)
    assert any("loan/loan.toml:" in one and "SENT_AT" in one for one in found)
    assert any(f"core/system.toml:{charset} codec.charsets.CUST-NAME: " in one for one in found)


def test_overlapping_ports(folder: Path) -> None:
    line = change(folder / "systems/loan/system.toml", "127.0.0.1:7102", "0.0.0.0:7101")
    (found,) = faults(folder)
    assert found.startswith(f"systems/loan/system.toml:{line} listen.address: is the port of system core")


@pytest.mark.parametrize(
    ("file", "rule"),
    [
        ("hub.toml", "cannot be read"),
        ("codes.toml", "cannot be read"),
        ("systems/core/system.toml", "cannot be read"),
        ("systems/core/core.cpy", "cannot be read"),
        ("systems/loan/loan.toml", "cannot be read"),
        ("systems/ebank/demo.key", "names the file demo.key, which cannot be read"),
    ],
)
def test_missing_file(folder: Path, file: str, rule: str) -> None:
    (folder / file).unlink()
    found = faults(folder)
    assert any(rule in one for one in found)
    assert any(Path(file).name in one for one in found)


def test_syntax_error_and_bad_text(folder: Path) -> None:
    line = change(folder / "hub.toml", "batch_messages = 256", "batch_messages = ")
    (folder / "codes.toml").write_bytes(b'kind = ["person"]\nx = "\xff"\n')
    found = faults(folder)
    assert found[0] == "codes.toml:2: is not UTF-8: save it as UTF-8"
    assert found[1].startswith(f"hub.toml:{line}: is no TOML")


def test_no_folder_and_no_systems(folder: Path, tmp_path: Path) -> None:
    assert "is no folder" in faults(tmp_path / "nowhere")[0]
    shutil.rmtree(folder / "systems")
    assert any("holds no system" in one for one in faults(folder))


def test_a_secret_is_never_shown(folder: Path) -> None:
    (folder / "systems/ebank/demo.key").write_text("not-hex-but-secret", "utf-8")
    (found,) = faults(folder)
    assert "seal" in found
    assert "secret" not in found


def test_numbers_may_come_from_the_environment(folder: Path) -> None:
    change(folder / "hub.toml", "batch_messages = 256", 'batch_messages = "${BATCH}"')
    assert read_conf(folder, {"BATCH": "12"}).hub.intake.batch_messages == 12
    assert "must be a whole number" in faults(folder, {"BATCH": "many"})[0]
    assert "BATCH, which is not set" in faults(folder)[0]


def test_a_slip_in_a_trust_list(folder: Path) -> None:
    line = change(folder / "survivorship.toml", '"core", "loan"', '"coer", "loan"')
    (found,) = faults(folder)
    assert found.startswith(f"survivorship.toml:{line} group[1].trust[3]: ")
    assert "did you mean core?" in found


def test_a_block_or_an_attribute_that_the_match_model_does_not_have(folder: Path) -> None:
    line = change(folder / "matching.toml", 'core = "checked"', 'cores = "chekced"')
    place = f"matching.toml:{line} score.lacking.cores: is no"
    assert faults(folder) == [
        f"{place} attribute of models/hub.toml: did you mean checked?",
        f"{place} block of models/hub.toml: did you mean core?",
    ]


def test_a_key_never_stands_in_the_file(folder: Path) -> None:
    system = folder / "systems/ebank/system.toml"
    line = change(system, '"${file:demo.key}"', f'"{"17" * 32}"')
    (found,) = faults(folder)
    assert found.startswith(f"systems/ebank/system.toml:{line} seal.key: stands in the file itself")
    assert "1717" not in found


def test_frames_that_end_with_the_stream_need_short_plain_lines(folder: Path) -> None:
    system = folder / "systems/ebank/system.toml"
    change(system, 'kind = "binary_length"', 'kind = "end_of_stream"')
    change(system, "size = 4\n", "\n")
    change(system, 'order = "big"', "")
    found = " ".join(faults(folder))
    assert 'framing.kind: needs listen.style = "short" and no TLS' in found


def test_sections_that_need_one_another(folder: Path) -> None:
    loan = folder / "systems/loan/system.toml"
    change(loan, 'over = "dial"', 'over = "listen"')
    ebank = folder / "systems/ebank/system.toml"
    change(ebank, "sign_on_seconds = 5\n", "\n")
    change(ebank, 'type = "0x7E"', 'type = "0x7D"')
    found = " ".join(faults(folder))
    assert 'needs a listen.style of "long"' in found
    assert "listen.sign_on_seconds: is required where there is a [sign_on]" in found
    assert "heartbeat.type: is not one of [messages]" in found
