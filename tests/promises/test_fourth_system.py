"""DESIGN's third promise: a new system is data. This one differs from the others in framing, charset, layout
and codes; the test writes its conf folder, and nothing else, and it works both ways.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Any

import pytest

from gateway.peers.ports import free_ports
from tests.sheets.bank import Bank, open_bank
from tests.sheets.core_client import new_id
from tests.sheets.people import Someone
from tests.sheets.pushes import Answer, Push, PushBox

SYSTEM = """
[system]
title = "Safe deposit boxes"
time_zone = "+00:00"
pushes = "applied"
clock_skew_seconds = 2

[listen]
address = "127.0.0.1:{port}"
allow = ["127.0.0.0/8"]
style = "long"
connections = 2
when_full = "close"
silence_seconds = 60

[delivery]
over = "listen"
window = 4
reply_seconds = 1

[framing]
kind = "stx_etx_lrc"
limit = 600

[codec]
family = "table"
charset = "gbk"
tables = "layouts.toml"
header = "HEADER"
type_field = "MT"

[envelope]
id = "REF"
sent_at = "STAMP"
duplicate = {{ field = "PD", yes = "D", no = ["-", ""] }}
new_id = {{ length = 12 }}

[messages.K1]
role = "customer"
reply = "K2"
required = ["REF", "STAMP", "CIF", "CHG", "PTY", "NAM"]

[messages.K2]
role = "reply"
codes = "reply"
fields = {{ reply_to = "REF", code = "RC", ecif_no = "EC", version = "VER", text = "TXT" }}

[messages.K5]
role = "push"
reply = "K6"
fields = {{ ecif_no = "EC", version = "VER" }}

[messages.K6]
role = "reply"
codes = "reply"
fields = {{ reply_to = "REF", code = "RC", ecif_no = "EC", version = "VER", text = "TXT" }}

[messages.K7]
role = "query"
reply = "K8"
required = ["REF"]
fields = {{ customer_no = "CIF", ecif_no = "EC" }}

[messages.K8]
role = "answer"
codes = "reply"
fields = {{ reply_to = "REF", code = "RC", ecif_no = "EC", version = "VER", text = "TXT" }}

[unknown]
reply = "K2"

[customer]
number = "CIF"
seq = "CHG"
seq_limit = 999999

[customer.values]
kind = {{ field = "PTY", codes = "kind" }}
name = {{ field = "NAM" }}
born = {{ field = "DOB", type = "date" }}
risk = {{ field = "LVL", codes = "risk" }}

[customer.documents]
type = "IDT"
number = "IDN"
codes = "document"

[customer.phones]
fields = {{ mobile = "MOB", work = "TEL" }}

[customer.addresses]
line = "ADR"
by_kind = {{ person = "mailing", organization = "mailing" }}

[codes.kind]
person = ["N"]
organization = ["J"]

[codes.risk]
R1 = ["A"]
R2 = ["B"]
R3 = ["C"]
R4 = ["D"]
R5 = ["E"]

[codes.document]
resident_id = ["SFZ"]
passport = ["HZ"]
other = ["QT"]

[codes.reply]
"0000" = ["OK"]
"0001" = ["SM"]
"0002" = ["RV"]
"0003" = ["OL"]
"1001" = ["UR"]
"1002" = ["UT"]
"1003" = ["UC"]
"1004" = ["ID"]
"1005" = ["SG"]
"1006" = ["BL"]
"2001" = ["NO"]
"2002" = ["NA"]
"9001" = ["BY"]
"9002" = ["ST"]
"9999" = ["FT"]
"""

LAYOUTS = """
[tables.HEADER]
rows = [["MT", 2, "text"], ["REF", 12, "text"]]

[tables.STAMPED]
rows = ["@HEADER", ["STAMP", 14, "time"], ["PD", 1, "code"]]

[tables.PARTY]
rows = [
    ["PTY", 1, "code"], ["NAM", 20, "text"], ["IDT", 3, "code"], ["IDN", 20, "text"], ["DOB", 8, "date"],
    ["MOB", 16, "text"], ["TEL", 16, "text"], ["ADR", 30, "text"], ["LVL", 1, "code"],
]

[tables.OUTCOME]
rows = ["@HEADER", ["RC", 2, "code"], ["EC", 12, "text"], ["VER", 9, "digits"], ["TXT", 60, "text"]]

[records.K1]
rows = ["@STAMPED", ["CIF", 8, "text"], ["CHG", 6, "digits"], "@PARTY"]

[records.K2]
rows = ["@OUTCOME"]

[records.K5]
rows = ["@STAMPED", ["EC", 12, "text"], ["VER", 9, "digits"], ["CIF", 8, "text"], "@PARTY"]

[records.K6]
rows = ["@OUTCOME"]

[records.K7]
rows = ["@HEADER", ["EC", 12, "text"], ["CIF", 8, "text"]]

[records.K8]
rows = ["@OUTCOME", ["CIF", 8, "text"], "@PARTY"]
"""

# The same layouts, told once more for the client: it shares nothing with the hub.
HEADER = {"MT": 2, "REF": 12}
PARTY = {"PTY": 1, "NAM": 20, "IDT": 3, "IDN": 20, "DOB": 8, "MOB": 16, "TEL": 16, "ADR": 30, "LVL": 1}
OUTCOME = HEADER | {"RC": 2, "EC": 12, "VER": 9, "TXT": 60}
WIDTHS = {
    "K1": HEADER | {"STAMP": 14, "PD": 1, "CIF": 8, "CHG": 6} | PARTY,
    "K2": OUTCOME,
    "K5": HEADER | {"STAMP": 14, "PD": 1, "EC": 12, "VER": 9, "CIF": 8} | PARTY,
    "K6": OUTCOME,
    "K7": HEADER | {"EC": 12, "CIF": 8},
    "K8": OUTCOME | {"CIF": 8} | PARTY,
}
STX, ETX = b"\x02", b"\x03"


def encode(values: dict[str, Any]) -> bytes:
    body = b"".join(
        str(values.get(name, "")).encode("gbk").ljust(width) for name, width in WIDTHS[values["MT"]].items()
    )
    return STX + body + ETX + bytes([reduce(xor, body + ETX)])


def decode(body: bytes) -> dict[str, str]:
    values = {}
    for name, width in WIDTHS[body[:2].decode()].items():
        values[name], body = body[:width].decode("gbk").rstrip(" "), body[width:]
    assert body == b""
    return values


class SafeLine:
    """The client: one line, replies by reference, pushes into a box."""

    def __init__(self, port: int, box: PushBox) -> None:
        self.box, self.replies, self.closed = box, dict[str, dict[str, str]](), False
        self._changed = threading.Condition()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self._socket.settimeout(None)
        threading.Thread(target=self._read, daemon=True).start()

    def send_bytes(self, data: bytes) -> None:
        self._socket.sendall(data)

    def ask(self, values: dict[str, Any]) -> dict[str, str]:
        self.send_bytes(encode(values))
        return self.wait_reply(values["REF"])

    def wait_reply(self, reference: str) -> dict[str, str]:
        with self._changed:
            assert self._changed.wait_for(lambda: reference in self.replies, 30), "no reply"
            return self.replies.pop(reference)

    def wait_closed(self, seconds: float) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.closed, seconds), "still open"

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _read(self) -> None:
        data = b""
        with contextlib.suppress(OSError):
            while chunk := self._socket.recv(4096):
                data += chunk
                while ETX in data[:-1]:
                    body, rest = data[1:].split(ETX, 1)
                    assert data[:1] == STX
                    assert rest[:1] == bytes([reduce(xor, body + ETX)])
                    data = rest[1:]
                    self._arrived(body)
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _arrived(self, body: bytes) -> None:
        values = decode(body)
        if values["MT"] == "K5":
            answer = self.box.arrived(values["CIF"], Push(values, body, time.monotonic()))
            if answer.code:
                reply = {
                    "MT": "K6",
                    "REF": values["REF"],
                    "RC": answer.code,
                    "EC": values["EC"],
                    "VER": values["VER"],
                }
                self.send_bytes(encode(reply))
            return
        with self._changed:
            self.replies[values["REF"]] = values
            self._changed.notify_all()


OK = Answer("OK")


@pytest.fixture(scope="module")
def safe_port() -> int:
    return free_ports(1)[0]


@pytest.fixture(scope="module")
def bank_of_four(template: Path, tmp_path_factory: pytest.TempPathFactory, safe_port: int) -> Iterator[Bank]:
    folder = tmp_path_factory.mktemp("four")
    system = folder / "conf" / "systems" / "safe"
    system.mkdir(parents=True)
    (system / "system.toml").write_text(SYSTEM.format(port=safe_port), "utf-8")
    (system / "layouts.toml").write_text(LAYOUTS, "utf-8")
    with open_bank(template, folder) as opened:
        yield opened


@pytest.fixture
def line(bank_of_four: Bank, safe_port: int) -> Iterator[SafeLine]:
    opened = SafeLine(safe_port, PushBox())
    yield opened
    opened.close()


def customer(who: Someone, change: int, **fields: Any) -> dict[str, Any]:
    values = {
        "MT": "K1", "REF": new_id()[:12], "STAMP": datetime.now(UTC).strftime("%Y%m%d%H%M%S"), "PD": "-",
        "CIF": f"{who.number:08d}", "CHG": f"{change:06d}", "PTY": "N", "NAM": who.name,
    }  # fmt: skip
    return values | fields


def says(line: SafeLine, who: Someone, change: int, **fields: Any) -> dict[str, str]:
    line.box.script(f"{who.number:08d}", *[OK] * 20)
    return line.ask(customer(who, change, **fields))


def test_its_image_goes_in_and_out_to_the_others(bank_of_four: Bank, line: SafeLine, who: Someone) -> None:
    bank = bank_of_four
    bank.core_says(who, 1, CUST_ID_TYPE="01", CUST_ID_NO=who.resident_id)
    bank.ebank_says(who, 1, documents=[{"type": 1, "number": who.resident_id}])
    reply = says(line, who, 1, IDT="SFZ", IDN=who.resident_id, MOB=who.mobile, ADR="北京市试验路9号", LVL="D")
    assert (reply["MT"], reply["RC"], reply["TXT"]) == ("K2", "OK", "")
    assert bank.core_box.take(who.core)["CUST-MOBILE"] == who.mobile
    push = bank.ebank_box.take(who.ebank)
    assert push["addresses"] == [{"use": 3, "line": "北京市试验路9号"}]
    assert (push["ecif"], push["risk"]) == (reply["EC"], 4)


def test_changes_of_the_others_are_pushed_to_it(bank_of_four: Bank, line: SafeLine, who: Someone) -> None:
    says(line, who, 1, IDT="SFZ", IDN=who.resident_id)
    reply = bank_of_four.ebank_says(
        who, 1, documents=[{"type": 1, "number": who.resident_id}], born=who.born, risk=5,
        phones=[{"use": 1, "number": who.mobile}, {"use": 3, "number": "010-5"}],
        addresses=[{"use": 3, "line": "北京市\U00020000路" + "长" * 20}],
    )  # fmt: skip
    push = line.box.take(f"{who.number:08d}")
    expected = customer(who, 0) | {
        "MT": "K5", "REF": push["REF"], "STAMP": push["STAMP"], "EC": reply["ecif"],
        "VER": f"{reply['version']:09d}", "IDT": "SFZ", "IDN": who.resident_id,
        "DOB": who.born, "MOB": who.mobile, "TEL": "010-5", "ADR": "北京市〓路" + "长" * 10, "LVL": "E",
    }  # fmt: skip
    assert push.raw == encode(expected)[1:-2]


def test_what_was_withdrawn_is_a_clear_mark(bank_of_four: Bank, line: SafeLine, who: Someone) -> None:
    says(line, who, 1, IDT="SFZ", IDN=who.resident_id)
    identity = {"CUST_ID_TYPE": "01", "CUST_ID_NO": who.resident_id}
    bank_of_four.core_says(who, 1, **identity, CUST_MOBILE=who.mobile)
    assert line.box.take(f"{who.number:08d}")["MOB"] == who.mobile
    bank_of_four.core_says(who, 2, CUST_MOBILE="*")
    assert line.box.take(f"{who.number:08d}")["MOB"] == "*"


def test_its_refusals_carry_its_own_codes_and_field_names(line: SafeLine, who: Someone) -> None:
    reply = line.ask(customer(who, 1, LVL="X"))
    assert (reply["RC"], reply["TXT"].split(" ")[0]) == ("UC", "LVL@157")
    reply = line.ask(customer(who, 1, NAM=""))
    assert (reply["RC"], reply["TXT"].split(" ")[0]) == ("BL", "NAM@44")
    reply = line.ask({"MT": "K5", "REF": new_id()[:12]})
    assert reply["RC"] == "NA"


def test_a_query(line: SafeLine, who: Someone) -> None:
    reply = says(line, who, 1, MOB=who.mobile)
    answer = line.ask({"MT": "K7", "REF": new_id()[:12], "EC": reply["EC"]})
    assert (answer["MT"], answer["RC"], answer["NAM"], answer["MOB"]) == ("K8", "OK", who.name, who.mobile)
    answer = line.ask({"MT": "K7", "REF": new_id()[:12], "CIF": "NOBODY"})
    assert answer["RC"] == "NO"


def test_silence_is_followed_by_its_own_flag(bank_of_four: Bank, line: SafeLine, who: Someone) -> None:
    assert line.ask(customer(who, 1, IDT="SFZ", IDN=who.resident_id))["RC"] == "OK"
    line.box.script(f"{who.number:08d}", Answer(""), OK)
    identity = {"CUST_ID_TYPE": "01", "CUST_ID_NO": who.resident_id}
    bank_of_four.core_says(who, 1, **identity, CUST_MOBILE=who.mobile)
    first, second = line.box.take(f"{who.number:08d}"), line.box.take(f"{who.number:08d}")
    assert second.values == first.values | {"PD": "D"}


@pytest.mark.fault("B5", "no frame at all, a system from conf only")
@pytest.mark.parametrize(
    "junk", [b"junk", b"\x02" + b"A" * 700, b"\x03\x02"], ids=["between frames", "no ETX", "ETX first"]
)
def test_bytes_that_are_no_frame_close_the_line(bank_of_four: Bank, line: SafeLine, junk: bytes) -> None:
    """FAULTS B5: never skipped silently, since what follows cannot be trusted."""
    line.send_bytes(junk)
    line.wait_closed(2)


def test_a_split_at_every_byte_makes_no_difference(line: SafeLine, who: Someone) -> None:
    values = customer(who, 1, MOB=who.mobile)
    frame, first = encode(values), line.ask(values)
    for at in range(1, len(frame), 3):
        line.send_bytes(frame[:at])
        time.sleep(0.001)
        line.send_bytes(frame[at:])
        assert line.wait_reply(values["REF"]) == first
