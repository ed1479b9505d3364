"""A system nobody has seen: everything about it is in a folder that the test writes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.dialect import SystemDialect
from adapters.testing import check_dialect
from ecif.messages import CustomerImage, PushReply, Reply, Unreadable
from ecif.model import Push

NOW = 1_767_576_602_000_000

SYSTEM = """
[system]
time_zone = "-03:30"
pushes = "seen"
clock_skew_seconds = 5

[codec]
family = "table"
charset = "gbk"
tables = "rows.toml"
header = "HEAD"
type_field = "T"

[envelope]
id = "REF"
sent_at = "AT"
new_id = { length = 14, prefix = "Z" }

[messages.IMG]
role = "customer"
reply = "ACK"
required = ["NAM"]

[messages.GLD]
role = "push"
reply = "ACK"

[messages.ACK]
role = "reply"
codes = "reply"
fields = { reply_to = "OF", code = "RC" }

[customer]
number = "CIF"
seq = "CHG"
seq_limit = 99999

[customer.values]
kind = { field = "PTY", codes = "kind" }
name = { field = "NAM" }
born = { field = "DOB", type = "date" }
education = { field = "EDU", codes = "education", only = "person", clear = false }
nationality = { field = "NAT", codes = "iso3166" }

[customer.documents]
fields = { resident_id = { number = "NID", expiry = "NIDX" }, passport = { number = "PASS" } }

[customer.phones]
list = "TEL"
use = "USE"
number = "NO"
codes = "phone_use"

[customer.addresses]
fields = { work = { line = "OFFICE" } }

[codes.kind]
person = ["PR"]
organization = ["CO"]

[codes.education]
bachelor = ["A"]
other = ["Z"]

[codes.phone_use]
mobile = ["M", "C"]
work = ["W"]

[codes.reply]
"0000" = ["00"]
"1003" = ["30"]
other = ["99"]
"""

ROWS = """
[tables.HEAD]
rows = [["T", 3, "text"], ["REF", 14, "text"]]

[tables.PHONE]
rows = [["USE", 1, "code"], ["NO", 12, "text"]]

[tables.PARTY]
rows = [
    ["CIF", 8, "text"],
    ["PTY", 2, "code"],
    ["NAM", 20, "text"],
    ["DOB", 8, "date"],
    ["EDU", 1, "code"],
    ["NAT", 3, "code"],
    ["NID", 18, "text"],
    ["NIDX", 8, "date"],
    ["PASS", 10, "text"],
    ["OFFICE", 30, "text"],
    { list = "TEL", of = "PHONE", count = ["TELS", 1], max = 3, not_sent = 9 },
]

[records.IMG]
rows = ["@HEAD", ["AT", 14, "time"], ["CHG", 5, "digits"], "@PARTY"]

[records.GLD]
rows = ["@HEAD", ["AT", 14, "time"], "@PARTY"]

[records.ACK]
rows = ["@HEAD", ["OF", 14, "text"], ["RC", 2, "code"]]
"""

IMAGE = {
    "REF": "A1",
    "AT": "20260104220000",
    "CHG": 3,
    "CIF": "K1",
    "PTY": "PR",
    "NAM": "李喆",
    "DOB": "19900307",
    "EDU": "A",
    "NAT": "CHN",
    "NID": "110101199003074426",
    "NIDX": "20300101",
    "PASS": "*",
    "OFFICE": "试验路",
    "TEL": [{"USE": "C", "NO": "139"}, {"USE": "W", "NO": "010"}],
}


@pytest.fixture
def fourth(tmp_path: Path, from_folder: Callable[[Path], SystemDialect]) -> SystemDialect:
    folder = tmp_path / "registry"
    folder.mkdir()
    (folder / "system.toml").write_text(SYSTEM, "utf-8")
    (folder / "rows.toml").write_text(ROWS, "utf-8")
    return from_folder(folder)


def test_it_keeps_its_promises(fourth: SystemDialect) -> None:
    check_dialect(fourth, [fourth.codec.build("IMG", IMAGE)])


def test_its_image(fourth: SystemDialect) -> None:
    read = fourth.read(fourth.codec.build("IMG", IMAGE), NOW)
    assert isinstance(read, CustomerImage)
    assert read.change.values == {
        "kind": "person",
        "name": "李喆",
        "born": "19900307",
        "education": "bachelor",
        "nationality": "CHN",
        "document:resident_id": ("110101199003074426", "20300101"),
        "document:passport": None,
        "phone:mobile": "139",
        "phone:work": "010",
        "address:work": ("试验路", None),
    }
    assert read.change.sent_at == 1_767_576_600_000_000
    assert (read.envelope.system, read.envelope.duplicate) == ("registry", False)


def test_its_reply_has_its_own_codes(fourth: SystemDialect) -> None:
    read = fourth.read(fourth.codec.build("IMG", IMAGE | {"EDU": "Q"}), NOW)
    assert isinstance(read, Unreadable)
    answers = [fourth.reply(read.envelope, Reply(code), NOW) or b"" for code in ("0000", "1003", "9001")]
    said = [fourth.codec.parse(answer)[1] for answer in answers]
    assert [fields["RC"] for fields in said] == ["00", "30", "99"]
    assert {fields["OF"] for fields in said} == {"A1"}
    assert all(fields["REF"].startswith("Z") for fields in said)
    confirmed = fourth.read(fourth.codec.build("ACK", {"REF": "A2", "OF": "Z9", "RC": "00"}), NOW)
    assert isinstance(confirmed, PushReply)
    assert (confirmed.push_id, confirmed.code, confirmed.version) == ("Z9", "0000", 0)


def test_its_push(fourth: SystemDialect) -> None:
    values = {
        "kind": "person",
        "name": "李喆",
        "education": None,
        "phone:mobile": "139",
        "phone:work": None,
        "address:work": None,
    }
    body = fourth.push_bytes(Push(fourth.new_id(NOW), NOW, "1" * 12, 4, "K1", "person", values))
    type, fields = fourth.codec.parse(body)
    assert (type, fields["CIF"], fields["PTY"], fields["NAM"]) == ("GLD", "K1", "PR", "李喆")
    assert fields["EDU"] == ""  # it has no clear mark
    assert fields["TEL"] == [{"USE": "M", "NO": "139"}, {"USE": "W", "NO": "*"}]
    assert fields["OFFICE"] == "*"
    assert fields["AT"] == "20260104220002"
    assert fourth.repeated(body) == body


def test_what_it_is_asked(fourth: SystemDialect) -> None:
    assert (fourth.pushes, fourth.eps, fourth.slots) == ("seen", 5_000_000, {})
    assert fourth.carries == (
        "kind",
        "name",
        "born",
        "education",
        "nationality",
        "document:resident_id",
        "document:passport",
        "phone:mobile",
        "phone:work",
        "address:work",
    )
    assert fourth.written("education", "primary") == "other"
    assert fourth.losses("education", "primary") == ("coarser",)
    assert fourth.written("document:passport", ("E1", "20300101")) == ("E1", None)
    assert fourth.written("phone:home", "010") is None


def test_it_does_not_answer_what_it_has_no_answer_for(fourth: SystemDialect) -> None:
    read = fourth.read(b"XYZ" + b" " * 40, NOW)
    assert isinstance(read, Unreadable)
    assert fourth.reply(read.envelope, Reply("1002"), NOW) is None
