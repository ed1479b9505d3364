"""Lines of fields: marks after decoding, substitutes, escapes, repeats, optional fields, faults, places."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formats.delimited import DelimitedCodec
from formats.delimited_file import load_delimited
from formats.delimited_writing import LineWriter, quick_line
from formats.errors import DeclarationError, FaultKind, FormatError, Place, Refused
from formats.testing import check_any, check_format
from tests.soak import examples

LINES = """
[text]
charset = "gbk"
separator = "|"
head = ["type", "id"]

[substitutes]
"|" = "｜"
"^" = "＾"

[fields]
type = { type = "token", size = 4 }
id = { type = "token", size = 8 }
name = { type = "text", size = 10 }
seq = { type = "number", size = 9 }
born = "date"
sent = "time"

[lists.items]
between = "^"
inside = ","
substitutes = { "," = "，" }
parts = [{ name = "code", type = "text", size = 4 }, { name = "amount", type = "amount", size = 5 }]

[messages]
A1 = ["type", "id", "sent", "name", "seq", "born", "items"]
A2 = { fields = ["type", "id", "name", "seq"], least = 2 }
"""
ESCAPED = (
    LINES.replace('separator = "|"', 'separator = "|"\nescape = "\\\\"')
    .replace('"|" = "｜"\n"^" = "＾"', "")
    .replace('substitutes = { "," = "，" }', "")
)

Made = Callable[[str], DelimitedCodec]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    def make(text: str) -> DelimitedCodec:
        (tmp_path / "lines.toml").write_text(text, "utf-8")
        return load_delimited(tmp_path / "lines.toml", "test")

    return make


@pytest.fixture
def lines(made: Made) -> DelimitedCodec:
    return made(LINES)


def faults(codec: DelimitedCodec, line: str | bytes) -> list[str]:
    with pytest.raises(FormatError) as raised:
        codec.parse(line if isinstance(line, bytes) else line.encode("gbk"))
    return [f"{raised.value.kind.value} {fault.text()}" for fault in raised.value.faults]


def test_a_second_byte_that_looks_like_a_separator_is_none(lines: DelimitedCodec) -> None:
    name = "東昢"  # 967C and 955E
    assert name.encode("gbk") == bytes.fromhex("967c955e")
    body = f"A1|7||{name}|||{name},1.00".encode("gbk")
    fields = lines.parse(body)[1]
    assert (fields["name"], fields["items"]) == (name, [{"code": name, "amount": Decimal("1.00")}])
    assert lines.build("A1", fields) == body


def test_values_with_separators_are_written_with_their_substitutes(lines: DelimitedCodec) -> None:
    body = lines.build("A1", {"id": "7", "name": "a|b^c,d", "items": [{"code": "x,y", "amount": "2.50"}]})
    assert body == "A1|7||a｜b＾c,d|||x，y,2.50".encode("gbk")
    assert lines.fit("A1", ("name",), "a|b^c,d") == "a｜b＾c,d"
    assert lines.fit("A1", ("items", "code"), "x,y") == "x，y"


def test_a_mark_that_should_have_been_a_substitute_is_read_as_it(lines: DelimitedCodec) -> None:
    assert lines.parse(b"A1|7||a^b|||")[1]["name"] == "a＾b"


def test_escapes(made: Made) -> None:
    codec = made(ESCAPED)
    fields = {
        "type": "A1", "id": "7", "sent": "", "name": "a|b\\c^", "seq": "", "born": "",
        "items": [{"code": "1,^|", "amount": Decimal("1.00")}],
    }  # fmt: skip
    body = codec.build("A1", fields)
    assert body == rb"A1|7||a\|b\\c^|||1\,\^\|,1.00"
    assert codec.parse(body) == ("A1", fields)
    assert codec.place(body, ("items", 0, "amount")) == Place("#7[1].2", 25, 4)


def test_a_separator_that_nothing_hides_is_refused_on_writing(made: Made) -> None:
    codec = made(LINES.replace('"|" = "｜"\n', ""))
    with pytest.raises(FormatError, match="#4@6 a separator inside"):
        codec.build("A1", {"id": "7", "name": "a|b"})


def test_fields_at_the_end_may_be_left_out_where_declared(lines: DelimitedCodec) -> None:
    assert lines.parse(b"A2|7")[1] == {"type": "A2", "id": "7"}
    assert lines.parse(b"A2|7|")[1] == {"type": "A2", "id": "7", "name": ""}
    assert lines.build("A2", {"id": "7"}) == b"A2|7"
    assert lines.build("A2", {"id": "7", "seq": 3}) == b"A2|7||3"


def test_an_empty_list_is_a_list(lines: DelimitedCodec) -> None:
    assert lines.parse(b"A1|7|||||")[1]["items"] == []
    assert lines.build("A1", {"id": "7", "items": []}) == lines.build("A1", {"id": "7"}) == b"A1|7|||||"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("A1|7||||", "content #7@8 missing"),
        ("A1|7||||||x", "content #8@10 over 7 fields"),
        ("A2|7|x|1|", "content #5@9 over 4 fields"),
        ("A9|7", "type #1@0 unknown type"),
        ("", "type #1@0 unknown type"),
        ("A1|a_b|||||", "content #2@3 not letters and digits"),
        ("A1|123456789|||||", "content #2@3 over 8 bytes"),
        ("A1|7||六个字符太长|||", "content #4@6 over 10 bytes"),
        ("A1|7||六|x||", "content #5@9 not a digit"),
        ("A1|7|||1234567890||", "content #5@7 over 9 digits"),
        ("A1|7||||2026010|", "content #6@8 not eight digits"),
        ("A1|7|20260230000000||||", "content #3@5 impossible time"),
        ("A1|7|2026||||", "content #3@5 not a time"),
        ("A1|7|||||a,1", "content #7[1].2@11 not an amount"),
        ("A1|7|||||六,1.00^b,1.00,", "content #7[2]@17 not 2 parts"),
        ("A1|7|||||a,1.00^", "content #7[2]@16 not 2 parts"),
        ("A1|7|||||a,123456.00", "content #7[1].2@11 not an amount"),
    ],
)
def test_faults(lines: DelimitedCodec, line: str, text: str) -> None:
    assert faults(lines, line) == [text]


def test_all_faults_are_named_and_the_other_fields_stay(lines: DelimitedCodec) -> None:
    body = b"A1|7||\xff\xff|x|19900307|\x81"
    assert faults(lines, body) == [
        "content #4@6 not gbk",
        "content #5@9 not a digit",
        "content #7[1]@20 not 2 parts",
    ]
    with pytest.raises(FormatError) as raised:
        lines.parse(body)
    assert raised.value.fields == {"type": "A1", "id": "7", "sent": "", "born": "19900307", "items": []}


def test_a_fault_on_writing_has_its_field(lines: DelimitedCodec) -> None:
    with pytest.raises(FormatError) as raised:
        lines.build(
            "A1", {"id": "7", "name": "𠮷", "seq": "x", "born": 5, "items": [{"amount": "1.234"}], "no": 1}
        )
    assert [fault.text() for fault in raised.value.faults] == [
        "no@0 no such field",
        "#4@6 character not in gbk",
        "#5@7 not a number",
        "#6@8 not eight digits",
        "#7[1].2@9 over 2 decimals",
    ]
    with pytest.raises(FormatError) as raised:
        lines.build("A9", {})
    assert raised.value.kind is FaultKind.TYPE


@pytest.mark.parametrize(
    ("body", "type", "id"),
    [
        (b"A9|x_y|z", "A9", b"x_y"),
        (b"A1|\xff|z", "A1", b"\xff"),
        (b"A1", "A1", b""),
        (b"", "", b""),
        (b"\xff|7", "", b"7"),
        (b"A1|\x81", "A1", b""),  # would swallow the separator behind it
        (b"A1|" + 2000 * b"7", "A1", b""),
        (40 * b"A" + b"|7", "", b"7"),
    ],
)
def test_type_and_id_of_what_cannot_be_read(lines: DelimitedCodec, body: bytes, type: str, id: bytes) -> None:
    found, head = lines.peek(body)
    assert (found, head["id"]) == (type, id)


def test_an_id_that_could_not_be_read_is_written_as_it_came(lines: DelimitedCodec) -> None:
    assert lines.build("A2", {"id": b"\xff_"}) == b"A2|\xff_"


def test_content_leaves_out_what_it_is_told(lines: DelimitedCodec) -> None:
    one, other = (f"A1|7|{sent}|東|||".encode("gbk") for sent in ("20260101000000", "20260101000001"))
    assert lines.content(one, ("sent",)) == lines.content(other, ("sent",))
    assert lines.content(one, ()) != lines.content(other, ())
    assert lines.content(one, ("name",)) == one.replace("東".encode("gbk"), b"\0\0")
    assert lines.content(b"\xff|", ("sent",)) == b"\xff|"


def test_places(lines: DelimitedCodec) -> None:
    body = "A1|7||東|5||a,1.00^b,2.00".encode("gbk")
    assert lines.place(body, ("seq",)) == Place("#5", 9, 1)
    assert lines.place(body, ("items",)) == Place("#7", 12, 13)
    assert lines.place(body, ("items", 1)) == Place("#7[2]", 19, 6)
    assert lines.place(body, ("items", 1, "amount")) == Place("#7[2].2", 21, 4)
    assert lines.place(body, ("items", 5, "amount")) == Place("#7[6].2", 25, 0)
    assert lines.place(b"A1|7", ("seq",)) == Place("#5", 4, 0)
    assert lines.place(b"A9", ("seq",)) == Place("seq", 2, 0)


def test_the_kit(made: Made) -> None:
    for text in (LINES, ESCAPED):
        codec = made(text)
        fields = {"id": "7", "name": "東", "seq": -1, "items": [{"code": "a", "amount": 1}, {"code": "b"}]}
        check_format(codec, [codec.build("A1", fields), b"A2|7"])


@given(st.binary(max_size=40), st.sampled_from([b"", b"A1|", b"A1|7||", b"A1|7|||||"]))
@settings(max_examples=examples(400), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_a_value_or_a_clean_fault(lines: DelimitedCodec, data: bytes, start: bytes) -> None:
    check_any(lines, start + data)


@given(st.binary(max_size=40), st.sampled_from([b"", b"A1|", b"A1|7||", b"A1|7|||||", b"A2|7|"]))
@settings(max_examples=examples(400), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_quick_way_reads_as_the_thorough_one(lines: DelimitedCodec, data: bytes, start: bytes) -> None:
    def outcome(read: Callable[[bytes], object]) -> object:
        try:
            return read(start + data)
        except (Refused, FormatError):
            return "refused"

    assert outcome(lines._quick) == outcome(lines._thorough)


_VALUES = st.one_of(st.none(), st.text("|^,\\a東*1", max_size=6), st.integers(-10, 10**10), st.decimals())
_ITEMS = st.lists(st.dictionaries(st.sampled_from(["code", "amount", "no"]), _VALUES), max_size=3)
_FIELDS = st.dictionaries(st.sampled_from(["id", "name", "seq", "born", "no"]), _VALUES)


@given(_FIELDS, _ITEMS, st.booleans())
@settings(max_examples=examples(400), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_quick_way_writes_as_the_thorough_one(
    made: Made, fields: dict[str, Any], items: list[dict[str, Any]], escapes: bool
) -> None:
    spec = made(ESCAPED if escapes else LINES)._spec
    message, fields = spec.messages["A1"], fields | {"items": items}
    writer = LineWriter(spec, message)
    thorough = writer.line("A1", fields)
    try:
        assert quick_line(spec, message, "A1", fields) == thorough
        assert not writer.faults
    except Refused:
        assert writer.faults


@given(st.text("\\|^,a東", max_size=12))
@settings(max_examples=examples(200), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_escaped_text_comes_back(made: Made, text: str) -> None:
    codec = made(ESCAPED.replace("size = 10", "size = 90").replace("size = 4", "size = 90"))
    fields: dict[str, Any] = {"id": "7", "name": text, "items": [{"code": text, "amount": Decimal("1.00")}]}
    again = codec.parse(codec.build("A1", fields))[1]
    assert (again["name"], again["items"]) == (text, fields["items"])


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('charset = "gbk"', 'charset = "utf-16"', "one byte"),
        ('charset = "gbk"', 'charset = "cp037"', "ASCII"),
        ('charset = "gbk"', 'charset = "nope"', "unknown charset"),
        ('inside = ","', 'inside = "^"', "must differ"),
        ('"^" = "＾"', '"^" = ","', "no mark"),
        ('inside = ","', 'inside = "、"', "one byte"),
        ('A2 = { fields = ["type", "id", "name"', 'A2 = { fields = ["id", "type", "name"', "must begin with"),
        ('"name", "seq"], least', '"name", "nope"], least', "no field nope"),
        ('"name", "seq"], least', '"name", "name"], least', "name twice"),
        ("least = 2", "least = 5", "least is more"),
        ('{ name = "amount",', '{ name = "code",', "code twice"),
        ("[lists.items]", "[lists.name]", "the name of a field, too"),
    ],
)
def test_faults_of_the_declaration(made: Made, old: str, new: str, text: str) -> None:
    assert old in LINES
    with pytest.raises(ExceptionGroup) as raised:
        made(LINES.replace(old, new))
    errors = [error for error in raised.value.exceptions if isinstance(error, DeclarationError)]
    assert any(text in str(error) for error in errors), errors
    assert all(error.file.endswith("lines.toml") and error.line for error in errors)
