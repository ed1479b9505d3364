"""teller's `open` (teller.md) beside code written by hand on lxml.

**naive** asks the tree for each field by its path, as most programs do, and builds a tree to write; **tuned**
goes through the elements once with comparisons by hand, checks what ours checks, and writes text. What is
demanded is measured against naive, the way in which lxml is used; tuned shows what is left to gain.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from bench.contest import Contest
from bench.samples import codec_of

AT_MOST_1_2 = 1 / 1.2

OPEN: dict[str, Any] = {
    "type": "open",
    "serial": "20260105093000-0004",
    "sent-at": "20260105093000",
    "operator": "T0192",
    "branch": "230102",
    "kind": "person",
    "status": "active",
    "name": "李小明",
    "documents": [
        {"type": "resident_id", "number": "110101199003074426", "expiry": "99991231", "verified": "true"}
    ],
    "born": "19900307",
    "gender": "female",
    "phones": [{"use": "mobile", "number": "13900000001"}, {"use": "home", "number": "010-60000001"}],
    "email": "xm@example.com",
    "addresses": [{"use": "home", "postcode": "100010", "line": "北京市东城区试验路2号"}],
    "nationality": "CHN",
    "marital": "married",
    "occupation": "试验员",
    "annual-income": Decimal("120000.00"),
    "risk": "R3",
}


def contests(conf: Path) -> Iterable[Contest]:
    codec = codec_of(conf, "teller")
    body = codec.build("open", OPEN)
    yield Contest(
        "teller XML open",
        "parse",
        lambda: codec.parse(body)[1],
        {"naive": lambda: naive_parse(body), "tuned": lambda: tuned_parse(body)},
        {"naive": AT_MOST_1_2},
    )
    yield Contest(
        "teller XML open",
        "build",
        lambda: codec.build("open", OPEN),
        {"naive": lambda: naive_build(OPEN), "tuned": lambda: tuned_build(OPEN)},
        {"naive": AT_MOST_1_2},
        otherwise=("naive",),  # lxml writes <a/>, not <a />
    )


def _parser() -> Any:
    return etree.XMLParser(
        encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip


PARSER = _parser()

# Naive

_HEAD = ("type", "serial", "operator", "branch")
_TEXTS = (
    "name", "gender", "email", "nationality", "marital", "education", "occupation", "employer", "industry",
    "risk",
)  # fmt: skip


def naive_parse(body: bytes) -> dict[str, Any]:
    root = etree.fromstring(body, PARSER)
    if root.tag != "ecif" or root.get("version") != "1" or root.findtext("head/type") != "open":
        raise ValueError("not an open")
    out: dict[str, Any] = {}
    for name in _HEAD:
        out[name] = root.findtext(f"head/{name}").strip()
    sent_at = root.findtext("head/sent-at").strip()
    datetime.strptime(sent_at, "%Y%m%d%H%M%S")  # noqa: DTZ007 - the calendar alone
    out["sent-at"] = sent_at
    customer = root.find("customer")
    for name in ("kind", "status"):
        if customer.get(name):
            out[name] = customer.get(name)
    for name in _TEXTS:
        text = customer.findtext(name)
        if text:
            out[name] = text.strip()
    born = customer.findtext("born")
    if born:
        if not re.fullmatch("[0-9]{8}", born):
            raise ValueError("born")
        out["born"] = born
    income = customer.findtext("annual-income")
    if income:
        out["annual-income"] = Decimal(income)
    out["documents"] = [dict(one.attrib) for one in customer.findall("document")]
    out["phones"] = [dict(one.attrib) for one in customer.findall("phone")]
    out["addresses"] = [
        {**one.attrib, "line": (one.text or "").strip()} for one in customer.findall("address")
    ]
    return out


def naive_build(fields: dict[str, Any]) -> bytes:
    root = etree.Element("ecif", version="1")
    head = etree.SubElement(root, "head")
    for name in ("type", "serial", "sent-at", "operator", "branch"):
        etree.SubElement(head, name).text = fields[name]
    customer = etree.SubElement(root, "customer", kind=fields["kind"], status=fields["status"])
    etree.SubElement(customer, "name").text = fields["name"]
    for document in fields["documents"]:
        etree.SubElement(customer, "document", document)
    etree.SubElement(customer, "born").text = fields["born"]
    etree.SubElement(customer, "gender").text = fields["gender"]
    for phone in fields["phones"]:
        etree.SubElement(customer, "phone", phone)
    etree.SubElement(customer, "email").text = fields["email"]
    for address in fields["addresses"]:
        made = etree.SubElement(customer, "address", use=address["use"], postcode=address["postcode"])
        made.text = address["line"]
    for name in ("nationality", "marital", "occupation", "annual-income", "risk"):
        etree.SubElement(customer, name).text = str(fields[name])
    data: bytes = etree.tostring(root, encoding="utf-8")
    return data


# Tuned

_SERIAL = re.compile("[A-Za-z0-9-]{1,32}").fullmatch
_AMOUNT = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,2})?", re.ASCII).fullmatch
_LONGEST = 1000
_CUSTOMER_TEXTS = frozenset(_TEXTS)
_CENT = Decimal("0.01")


def tuned_parse(body: bytes) -> dict[str, Any]:
    if b"<!DOCTYPE" in body or body.count(b"<") > 40_002 or body.count(b"=") > 100_000:
        raise ValueError("unsafe")
    if body.startswith(b"<?xml") and b"utf-8" not in body[:80].lower():
        raise ValueError("encoding")
    root = etree.fromstring(body, PARSER)
    if root.tag != "ecif" or root.get("version") != "1":
        raise ValueError("root")
    out: dict[str, Any] = {}
    stray = root.text or ""
    for part in root:
        stray += part.tail or ""
        tag = part.tag
        if tag == "head":
            _tuned_head(part, out)
        elif tag == "customer":
            _tuned_customer(part, out)
    if stray.strip() or out["type"] != "open":
        raise ValueError("envelope")
    return out


def _tuned_head(head: Any, out: dict[str, Any]) -> None:
    stray = head.text or ""
    for child in head:
        tag = child.tag
        stray += child.tail or ""
        text = (child.text or "").strip()
        if tag in out:
            raise ValueError("given twice")
        if tag == "sent-at":
            _check_time(text)
            out["sent-at"] = text
        elif tag == "serial":
            if not _SERIAL(text):
                raise ValueError("serial")
            out["serial"] = text
        elif tag in ("type", "operator", "branch"):
            if len(text) > 80:
                raise ValueError("too long")
            out[tag] = text
    if stray.strip():
        raise ValueError("text between elements")


def _check_time(text: str) -> None:
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        raise ValueError("time")
    datetime(  # noqa: DTZ001 - the calendar alone
        int(text[:4]), int(text[4:6]), int(text[6:8]), int(text[8:10]), int(text[10:12]), int(text[12:])
    )


def _check_date(text: str) -> None:
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        raise ValueError("date")


def _tuned_customer(customer: Any, out: dict[str, Any]) -> None:
    _attributes(customer, ("kind", "status"), out)
    stray = customer.text or ""
    for child in customer:
        tag = child.tag
        stray += child.tail or ""
        if tag == "document":
            entry: dict[str, Any] = {}
            _attributes(child, ("type", "number", "expiry", "verified"), entry)
            if "expiry" in entry:
                _check_date(entry["expiry"])
            if entry.get("verified", "true") not in ("true", "false"):
                raise ValueError("verified")
            out.setdefault("documents", []).append(entry)
        elif tag == "phone":
            entry = {}
            _attributes(child, ("use", "number"), entry)
            out.setdefault("phones", []).append(entry)
        elif tag == "address":
            entry = {}
            _attributes(child, ("use", "postcode"), entry)
            if text := _text(child):
                entry["line"] = text
            out.setdefault("addresses", []).append(entry)
        elif tag in out:
            raise ValueError("given twice")
        elif text := _text(child):
            if tag in _CUSTOMER_TEXTS:
                out[tag] = text
            elif tag in ("born", "founded"):
                _check_date(text)
                out[tag] = text
            elif tag == "annual-income":
                if not _AMOUNT(text):
                    raise ValueError("amount")
                out[tag] = Decimal(text).quantize(_CENT)
    if stray.strip():
        raise ValueError("text between elements")


def _attributes(element: Any, names: tuple[str, ...], out: dict[str, Any]) -> None:
    for name in names:
        value = element.get(name)
        if value is not None and (value := value.strip()):
            if len(value) > _LONGEST:
                raise ValueError("too long")
            out[name] = value


def _text(element: Any) -> str:
    text = element.text or ""
    if len(element):
        text += "".join(child.tail or "" for child in element)
    text = text.strip()
    if len(text) > _LONGEST:
        raise ValueError("too long")
    return text


_KNOWN = OPEN.keys() | {"seq", "education", "employer", "industry", "founded"}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]").search
_MARKUP = re.compile("[&<>\r]").search
_QUOTED = re.compile('[&<>"\r\n\t]').search


def tuned_build(fields: dict[str, Any]) -> bytes:
    if not fields.keys() <= _KNOWN or fields["type"] != "open" or not _SERIAL(fields["serial"]):
        raise ValueError("fields")
    _check_time(fields["sent-at"])
    income = fields["annual-income"]
    if not isinstance(income, Decimal) or not income.is_finite() or not _AMOUNT(f"{income:f}"):
        raise ValueError("amount")
    out = ['<ecif version="1"><head><type>open</type>']
    for name in ("serial", "sent-at", "operator", "branch"):
        out.append(f"<{name}>{_written(fields[name])}</{name}>")
    kind, status = _quoted(fields["kind"]), _quoted(fields["status"])
    out.append(f'</head><customer kind="{kind}" status="{status}"><name>{_written(fields["name"])}</name>')
    for document in fields["documents"]:
        _check_date(document["expiry"])
        attributes = "".join(
            [f' {name}="{_quoted(document[name])}"' for name in ("type", "number", "expiry", "verified")]
        )
        out.append(f"<document{attributes} />")
    _check_date(fields["born"])
    out.append(f"<born>{fields['born']}</born><gender>{_written(fields['gender'])}</gender>")
    out += [
        f'<phone use="{_quoted(phone["use"])}" number="{_quoted(phone["number"])}" />'
        for phone in fields["phones"]
    ]
    out.append(f"<email>{_written(fields['email'])}</email>")
    for address in fields["addresses"]:
        use, postcode = _quoted(address["use"]), _quoted(address["postcode"])
        out.append(f'<address use="{use}" postcode="{postcode}">{_written(address["line"])}</address>')
    for name in ("nationality", "marital", "occupation"):
        out.append(f"<{name}>{_written(fields[name])}</{name}>")
    out.append(f"<annual-income>{income:.2f}</annual-income>")
    out.append(f"<risk>{_written(fields['risk'])}</risk></customer></ecif>")
    return "".join(out).encode()


def _checked(text: str) -> str:
    if len(text) > _LONGEST or text != text.strip() or _NOT_XML(text):
        raise ValueError("text")
    return text


def _written(text: str) -> str:
    text = _checked(text)
    if _MARKUP(text):
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return text


def _quoted(text: str) -> str:
    text = _written(text)
    if _QUOTED(text):
        text = text.replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
    return text
