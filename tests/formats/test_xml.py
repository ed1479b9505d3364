"""Messages of elements (teller): order, repeats, what is refused unread, places, deterministic writing."""

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.errors import DeclarationError, FaultKind, FormatError, Place
from formats.testing import check_any, check_format
from formats.xml import XmlCodec
from formats.xml_file import load_xml
from tests.soak import examples

DECLARED = """
[xml]
root = "order"
version = ["version", "1"]
type = "head/type"

[limits]
depth = 6
elements = 60
attributes = 60
text = 20

[fields]
id = { at = "head/id", kind = "text", pattern = "[A-Z0-9]{1,8}", says = "not an id" }
time = ["head/time", "time"]
code = ["head/code", "text"]
note = { at = "head/note", kind = "text", always = true }
number = ["customer/@number", "number"]
name = ["customer/name", "text"]
born = ["customer/born", "date"]
income = ["customer/income", "amount"]

[lists.phones]
at = "customer/phone"
fields = { use = ["@use", "text"], digits = ["", "text"] }

[lists.shares]
at = "customer/shares/share"
wrapped = true
fields = { kind = ["@kind", "text"], sound = { at = "@sound", kind = "text", values = ["yes", "no"] }, \
owner = ["of/@owner", "text"] }

[groups]
head = ["id", "time"]

[messages]
buy = ["@head", "number", "name", "phones", "born", "income", "shares"]
buy-reply = { type = "buy", marker = "code", fields = ["id", "code", "note"] }
"""
HEAD = "<head><type>buy</type><id>A1</id></head>"


@pytest.fixture(scope="module")
def codec(tmp_path_factory: pytest.TempPathFactory) -> XmlCodec:
    file = tmp_path_factory.mktemp("xml") / "order.toml"
    file.write_text(DECLARED, "utf-8")
    return load_xml(file, "shop")


def order(customer: str = "", head: str = HEAD) -> bytes:
    return f'<order version="1">{head}{customer}</order>'.encode()


def faults(codec: XmlCodec, body: bytes) -> list[str]:
    with pytest.raises(FormatError) as raised:
        codec.parse(body)
    return [f"{raised.value.kind.value} {fault.text()}" for fault in raised.value.faults]


FULL = {
    "type": "buy", "id": "A1", "time": "20260105093000", "number": 7, "name": "李 <&> \"'",
    "phones": [{"use": "home", "digits": "1"}, {"digits": "2"}, {}], "born": "19900230",
    "shares": [{"kind": "a\tb", "sound": "yes", "owner": "x"}],
}  # fmt: skip


def test_what_is_written_is_read_and_written_in_one_spelling(codec: XmlCodec) -> None:
    body = codec.build("buy", {**FULL, "income": "12.5"})
    assert body.decode() == (
        '<order version="1"><head><type>buy</type><id>A1</id><time>20260105093000</time></head>'
        '<customer number="7"><name>李 &lt;&amp;&gt; "\'</name><phone use="home">1</phone><phone>2</phone>'
        "<phone /><born>19900230</born><income>12.50</income>"
        '<shares><share kind="a&#9;b" sound="yes"><of owner="x" /></share></shares></customer></order>'
    )
    type, fields = codec.parse(body)
    assert type == "buy"
    assert f"{fields.pop('income'):f}" == "12.50"
    assert fields == FULL


def test_the_kit(codec: XmlCodec) -> None:
    check_format(codec, [codec.build("buy", FULL), codec.build("buy-reply", {"id": "A1", "code": "0"})])


def test_elements_stand_in_any_order_and_unknown_ones_are_ignored(codec: XmlCodec) -> None:
    body = order(
        '<new x="1"><y><z/></y></new><customer z="9"><born> 19900307\n</born><x>text</x><!-- a -->'
        "<name>\n 李<i>no</i>小<!-- b -->明 </name><phone/><name2/></customer>",
        "<head><id><![CDATA[A1]]></id><type>buy</type></head>",
    )
    assert codec.parse(b'<?xml version="1.0" encoding="utf-8"?>\n' + body)[1] == {
        "type": "buy", "id": "A1", "born": "19900307", "name": "李小明", "phones": [{}],
    }  # fmt: skip
    assert codec.parse(b"\xef\xbb\xbf" + body) == codec.parse(body)


def test_an_empty_wrapped_list_is_not_an_absent_one(codec: XmlCodec) -> None:
    assert "shares" not in codec.parse(order("<customer/>"))[1]
    assert codec.parse(order("<customer><shares> </shares></customer>"))[1]["shares"] == []
    assert b"<shares />" in codec.build("buy", {"id": "A1", "shares": []})
    assert b"shares" not in codec.build("buy", {"id": "A1", "phones": []})


def test_request_and_reply_of_one_type_are_told_apart_by_the_marker(codec: XmlCodec) -> None:
    reply = codec.build("buy-reply", {"id": "A1", "code": "0000"})
    head = b"<type>buy</type><id>A1</id><code>0000</code><note />"
    assert reply == b'<order version="1"><head>' + head + b"</head></order>"
    assert codec.parse(reply) == ("buy-reply", {"type": "buy", "id": "A1", "code": "0000", "note": ""})
    assert codec.peek(reply)[0] == "buy-reply"
    assert codec.peek(order())[0] == "buy"


@pytest.mark.parametrize(
    ("customer", "texts"),
    [
        ("<customer><name>123456789012345678901</name></customer>", ["customer/name@69 over 20 characters"]),
        ("<customer><born>1990</born></customer>", ["customer/born@69 not eight digits"]),
        ("<customer number='x'/>", ["customer/number@59 not a number"]),
        ("<customer><income>1e5</income></customer>", ["customer/income@69 not an amount"]),
        ("<customer><born>x</born><a/><born>y</born></customer>",
         ["customer/born@69 not eight digits", "customer/born[2]@87 given twice"]),
        ("<customer/><customer/>", ["customer[2]@70 given twice"]),
        ("<customer>x<name>y</name></customer>", ["customer@59 text between elements"]),
        ("<customer><phone/><shares><share/><share sound='?'/></shares></customer>",
         ["customer/shares/share[2]/sound@93 not yes or no"]),
        ("<customer><x><x><x><x><x/></x></x></x></x></customer>", ["customer/x@69 over 6 deep"]),
    ],
)  # fmt: skip
def test_every_fault_is_told_with_its_element(codec: XmlCodec, customer: str, texts: list[str]) -> None:
    assert faults(codec, order(customer)) == [f"content {text}" for text in texts]


def test_faults_come_in_their_order_and_the_head_stays_readable(codec: XmlCodec) -> None:
    broken = order("<customer><born>x</born></customer>")
    assert faults(codec, broken.replace(b'"1"', b'"2"')) == ["version order/version@0 unknown version"]
    assert faults(codec, broken.replace(b"buy", b"sell")) == ["type head/type@25 unknown type"]
    assert faults(codec, broken[:-3]) == [f"content order@{len(broken) - 8} not well-formed"]
    with pytest.raises(FormatError) as raised:
        codec.parse(broken[:-3])
    assert (raised.value.type, raised.value.fields) == ("buy", {"id": "A1"})
    assert codec.peek(broken[:-3]) == ("buy", {"id": b"A1"})
    assert codec.peek(broken[:45]) == ("buy", {})
    assert codec.peek(b"") == ("", {})


ENTITY = b'<!DOCTYPE order [<!ENTITY a "aaaaaaaaaa">]>'


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (ENTITY + order("<customer><name>&a;</name></customer>"), "a document type declaration"),
        (b'<!DOCTYPE order SYSTEM "http://127.0.0.1:1/x.dtd">' + order(), "a document type declaration"),
        (order("<customer><name>&a;</name></customer>"), "not well-formed"),
        (order("<customer><name>&#x1;</name></customer>"), "not well-formed"),
        (order("<x/>" * 200), "over 60 elements"),
        (order("<x " + "".join(f'a{i}="" ' for i in range(90)) + "/>"), "over 60 attributes"),
        (b'<?xml version="1.0" encoding="GBK"?>' + order(), "not declared as UTF-8"),
        (order().decode().encode("utf-16"), "not well-formed"),
        (order() + b"\0", "not well-formed"),
        (order() + b"<x/>", "not well-formed"),
        (b"<other/>", "another root element"),
        (b'<order xmlns="urn:x" version="1"/>', "another root element"),
        (b"<a>" * 100_000, "over 60 elements"),
    ],
)
def test_what_is_hostile_or_no_document_is_refused_at_once(codec: XmlCodec, body: bytes, rule: str) -> None:
    began = time.perf_counter()
    assert faults(codec, body)[0].endswith(rule)
    codec.peek(body)
    codec.content(body, ["time"])
    assert time.perf_counter() - began < 1


def test_no_entity_is_ever_expanded_or_fetched(codec: XmlCodec, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    body = f'<!doctype order [<!ENTITY a SYSTEM "{secret.as_uri()}">]>'.encode() + order()
    assert faults(codec, body)[0].endswith("not well-formed")
    with pytest.raises(FormatError) as raised:
        codec.parse(ENTITY.replace(b'"aaaaaaaaaa"', b'SYSTEM "' + secret.as_uri().encode() + b'"') + order())
    assert "SECRET" not in str(raised.value) + repr(raised.value.fields)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("id",), Place("head/id", 41, 0)),
        (("time",), Place("head/time", 52, 0)),  # not there: where its group ends
        (("number",), Place("customer/number", 59, 0)),
        (("phones", 1, "use"), Place("customer/phone[2]/use", 84, 0)),
        (("phones", 2, "use"), Place("customer/phone[3]/use", 92, 0)),
        (("shares", 0, "owner"), Place("customer/shares/share[1]/of/owner", 92, 0)),
    ],
)
def test_places(codec: XmlCodec, path: Any, place: Place) -> None:
    body = order("<customer><phone></phone><phone/></customer>")
    assert codec.place(body, path) == place


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"name": "\x01"}, "customer/name@0 not a character of XML"),
        ({"name": " x"}, "customer/name@0 not trimmed"),
        ({"name": 7}, "customer/name@0 not a text"),
        ({"surname": "x"}, "surname@0 no such field"),
        ({"phones": [{"fax": "1"}]}, "customer/phone[1]/fax@0 no such field"),
        ({"phones": "1"}, "customer/phone@0 not a list"),
        ({"phones": ["1"]}, "customer/phone[1]@0 not a group"),
        ({"number": "1"}, "customer/number@0 not a number"),
        ({"time": "20260230000000"}, "head/time@0 impossible time"),
        ({"income": 1.5}, "customer/income@0 not an amount"),
    ],
)
def test_what_cannot_be_written_is_told(codec: XmlCodec, fields: Any, text: str) -> None:
    with pytest.raises(FormatError) as raised:
        codec.build("buy", fields)
    assert [fault.text() for fault in raised.value.faults] == [text]


def test_an_unknown_type_is_answered_with_the_same_type(codec: XmlCodec) -> None:
    body = codec.build("sell<", {"id": b"A\xff<", "code": "1002", "note": ""})
    assert body.startswith(b'<order version="1"><head><type>sell&lt;</type><id>A\xef\xbf\xbd&lt;</id>')
    assert b"<type />" in codec.build("", {"id": b"", "code": "1001"})
    with pytest.raises(FormatError) as raised:
        codec.parse(body)
    assert raised.value.kind is FaultKind.TYPE


def test_content_leaves_the_time_out_wherever_it_stands(codec: XmlCodec) -> None:
    one, other = (
        order("<time>1</time>", f"<head><type>buy</type>\n<time a='1'>{t}</time></head>") for t in ("1", "2")
    )
    assert one != other
    assert codec.content(one, ["time"]) == codec.content(other, ["time"])
    assert codec.content(one, []) != codec.content(other, [])
    assert codec.content(order(), ["time"]) == order()
    assert codec.content(order("", "<head><time/></head>"), ["time"]) == order("", "<head><time/></head>")


def test_fit_is_what_would_be_read_back(codec: XmlCodec) -> None:
    assert codec.fit("buy", ("name",), " a\x01b" + "c" * 30) == "a〓b" + "c" * 17
    assert codec.fit("buy", ("phones", "digits"), "x ") == "x"
    assert codec.fit("buy", ("born",), "x ") == "x "


@settings(max_examples=examples(300), deadline=None)
@given(data=st.data())
def test_damaged_documents_give_a_value_or_a_clean_error(codec: XmlCodec, data: st.DataObject) -> None:
    body = bytearray(codec.build("buy", FULL))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    check_any(codec, bytes(body))


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ('"head/id"', '"head/ id"', "fields.id", "no path"),
        ('"head/id"', '"head/time"', "messages.buy", "something else stands there"),
        ('"[A-Z0-9]{1,8}"', '"["', "fields.id", "no regular expression"),
        ('["@head", "number"', '["@tail", "number"', "messages.buy", "no group tail"),
        ('["@head", "number"', '["@head", "nothing"', "messages.buy", "no field nothing"),
        ('["@head", "number"', '["id", "@head"', "messages.buy", "id twice"),
        ('marker = "code"', 'marker = "number"', "messages.buy-reply", "no element of it"),
        (', marker = "code"', "", "messages.buy-reply", "has the type buy, too"),
        ('at = "customer/shares/share"', 'at = "customer/share"', "lists.shares", "something else stands"),
        ('at = "customer/phone"', 'at = "customer/@phone"', "lists.phones", "a list is of elements"),
        ("depth = 6", "depth = 1", "limits.depth", "greater than or equal to 2"),
    ],
)
def test_a_wrong_declaration_is_told_by_key(tmp_path: Path, old: str, new: str, key: str, says: str) -> None:
    file = tmp_path / "x.toml"
    assert old in DECLARED
    file.write_text(DECLARED.replace(old, new), "utf-8")
    with pytest.raises(ExceptionGroup) as raised:
        load_xml(file, "shop")
    told = [error for error in raised.value.exceptions if isinstance(error, DeclarationError)]
    assert any(error.key == key and says in str(error) and error.line for error in told), told


@settings(max_examples=examples(300), deadline=None)
@given(data=st.data())
def test_the_fast_and_the_careful_way_are_one(codec: XmlCodec, data: st.DataObject) -> None:
    """On whole, cut and damaged documents, and on whatever may stand in a field."""
    body = bytearray(codec.build("buy", FULL))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        piece = data.draw(st.sampled_from([b"<x/>", b" ", b"x", b"&amp;", b"<!--c-->", b"<born/>", b"\n"]))
        body[at : at + data.draw(st.integers(0, 2))] = piece
    assert outcome(codec.parse, bytes(body)) == outcome(codec.parse_carefully, bytes(body))
    odd = st.sampled_from(
        [None, "", " ", "a", "a&b", '"', "\x01", "x\n", 7, 0, False, b"x", [], [{}], [{"use": "b<"}]]
    )
    fields = FULL | {data.draw(st.sampled_from([*FULL, "surname", "income"])): data.draw(odd)}
    assert outcome(codec.build, "buy", fields) == outcome(codec.build_carefully, "buy", fields)


def outcome(act: Any, *given: Any) -> Any:
    try:
        return act(*given)
    except FormatError as error:
        return error.kind, list(error.faults), error.fields
