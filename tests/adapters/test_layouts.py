"""Two versions of core's copybooks at once: one more field, on the same lines."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.dialect import SystemDialect
from adapters.testing import check_dialect
from ecif.messages import CustomerImage, Reply, Unreadable
from ecif.model import Push
from gateway.bootstrap import load_dialect
from gateway.config.faults import ConfError
from gateway.config.reader import read_conf
from gateway.config.schema import Conf

ROOT = Path(__file__).parents[2]
NOW = 1_767_576_602_000_000
NEXT = """
[codec.records]
CU01 = "core-2.cpy"
CP01 = "core-push-2.cpy"

[codec.sizes]
CU01 = 362
CP01 = 357

[customer.values]
email = { field = "CUST-EMAIL" }
"""
FIELD = "               10  CUST-EMAIL            PIC X(50).\n"
Bank = Callable[..., Conf]


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    """The shipped conf; core's coming version has an address for mail."""

    def made(told_by: str = '"length"', pushes: str = "present", next_toml: str = NEXT) -> Conf:
        conf = tmp_path / "conf"
        shutil.rmtree(conf, ignore_errors=True)
        shutil.copytree(ROOT / "conf", conf)
        for other in ("card", "ebank", "loan", "teller", "wealth"):
            shutil.rmtree(conf / "systems" / other)
        core = conf / "systems" / "core"
        image = (core / "core.cpy").read_text()
        (core / "core-2.cpy").write_text(
            image.replace("               10  ACCT-COUNT", FIELD + "               10  ACCT-COUNT", 1)
        )
        push = (core / "core-push.cpy").read_text()
        (core / "core-push-2.cpy").write_text(push.rstrip("\n") + "\n" + FIELD)
        (core / "next.toml").write_text(next_toml)
        with (core / "system.toml").open("a") as file:
            file.write(f'\n[layouts]\nnext = "next.toml"\ntold_by = {told_by}\npushes = "{pushes}"\n')
        return read_conf(conf, {})

    return made


def image(dialect: Any, **more: Any) -> bytes:
    fields = {
        "MSG-ID": "M1", "MSG-SENT-AT": "20260105093000", "CUST-NO": "C1", "CUST-SEQ": 1, "CUST-KIND": "P",
        "CUST-NAME": "LI", "ACCT": [],
    }  # fmt: skip
    return bytes(dialect.codec.build("CU01", fields | more))


def both(conf: Conf) -> tuple[SystemDialect, bytes, bytes]:
    """The dialect, and an image of each version."""
    dialect: Any = load_dialect(conf, "core")
    return (
        dialect,
        image(dialect._present),
        image(dialect._coming, **{"CUST-EMAIL": "li@example.com"}),
    )


def said(message: object) -> dict[str, Any]:
    assert isinstance(message, CustomerImage)
    return dict(message.change.values)


def test_each_is_read_in_its_own_version(bank: Bank) -> None:
    dialect, old, new = both(bank())
    assert len(new) - len(old) == 50
    assert said(dialect.read(old, NOW)) == {"kind": "person", "name": "LI"}
    assert said(dialect.read(new, NOW)) == {"kind": "person", "name": "LI", "email": "li@example.com"}
    for body in (old, new):
        envelope = dialect.read(body, NOW).envelope
        reply = dialect.reply(envelope, Reply("0000", "100000000123", 1), NOW)
        assert reply is not None
        assert dialect.codec.parse(reply)[0] == "RP01"


def test_what_fits_neither_is_refused_in_terms_of_the_present_one(bank: Bank) -> None:
    dialect, old, _ = both(bank())
    refused = dialect.read(old + b"\x40" * 7, NOW)
    assert isinstance(refused, Unreadable)
    assert refused.code == "1001"


@pytest.mark.parametrize(("pushes", "carries"), [("present", False), ("next", True)])
def test_pushes_are_of_the_version_that_conf_says(bank: Bank, pushes: str, carries: bool) -> None:
    dialect, old, new = both(bank(pushes=pushes))
    assert ("email" in dialect.carries) is carries
    values = {"kind": "person", "name": "LI"} | ({"email": "li@example.com"} if carries else {})
    body = dialect.push_bytes(Push("H1", NOW, "100000000123", 7, "C1", "person", values))
    assert len(body) == (357 if carries else 307)
    assert dialect.shown(body) == values
    assert dialect.repeated(body) != body
    check_dialect(dialect, [new if carries else old])


def test_a_push_that_flies_is_repeated_in_the_version_it_left_in(bank: Bank) -> None:
    values = {"kind": "person", "name": "LI"}
    before = load_dialect(bank(), "core")
    body = before.push_bytes(Push("H1", NOW, "100000000123", 7, "C1", "person", values))
    after = load_dialect(bank(pushes="next"), "core")
    assert after.repeated(body) == before.repeated(body)


def test_a_field_of_the_header_may_tell_them_apart(bank: Bank) -> None:
    """Here the branch stands for a version field."""
    dialect: Any = load_dialect(bank('{ field = "CUST-BRANCH", is = "V2" }'), "core")
    mail = {"CUST-EMAIL": "li@example.com"}
    assert "email" in said(dialect.read(image(dialect._coming, **mail, **{"CUST-BRANCH": "V2"}), NOW))
    assert isinstance(dialect.read(image(dialect._coming, **mail), NOW), Unreadable)
    assert "email" not in said(dialect.read(image(dialect._present, **{"CUST-BRANCH": "V1"}), NOW))


@pytest.mark.parametrize(
    ("told_by", "next_toml", "fault"),
    [
        ('{ field = "NO-SUCH", is = "2" }', NEXT, "layouts.told_by.field: no message of the coming version"),
        ('"colour"', NEXT, "layouts.told_by"),
        ('"length"', NEXT.replace("362", "363"), "next.toml"),
        ('"length"', "[customer.values]\nemail = { field = 'NONE' }\n", "next.toml:2 customer.values.email"),
        ('"length"', "[", "next.toml:1"),
    ],
)
def test_faults_have_their_place(bank: Bank, told_by: str, next_toml: str, fault: str) -> None:
    with pytest.raises(ConfError) as found:
        bank(told_by, next_toml=next_toml)
    assert any(fault in str(one) for one in found.value.faults), list(map(str, found.value.faults))
