"""The branch counter's side of its sheet (teller.md): XML over short connections.

Made from the sheet alone, with the standard library's parser. A document is a nested dict here: attributes as
`@name`, text as `#`, elements as lists under their tags.
"""

import random
import socket
import string
import xml.etree.ElementTree as ET
from typing import Any

from tests.sheets.core_client import now

Node = dict[str, Any]


def new_serial() -> str:
    return "T-" + "".join(random.SystemRandom().choices(string.ascii_letters + string.digits, k=20))


def element(tag: str, node: Node | str) -> ET.Element:
    made = ET.Element(tag)
    if isinstance(node, str):
        made.text = node
        return made
    for name, value in node.items():
        if name == "#":
            made.text = value
        elif name.startswith("@"):
            made.set(name[1:], value)
        else:
            made.extend(element(name, one) for one in (value if isinstance(value, list) else [value]))
    return made


def request(type: str, body: Node, **head: str | None) -> Node:
    """A whole request; a head field that is None is left out."""
    fields: dict[str, str | None] = {
        "type": type, "serial": new_serial(), "sent-at": now(), "operator": "T0192", "branch": "230102",
    }  # fmt: skip
    fields |= {name.replace("_", "-"): value for name, value in head.items()}
    return {
        "@version": "1",
        "head": {name: value for name, value in fields.items() if value is not None},
    } | body


def encode(node: Node) -> bytes:
    return ET.tostring(element("ecif", node), encoding="utf-8")


def parse(element: ET.Element) -> Node:
    node: Node = {f"@{name}": value for name, value in element.attrib.items()}
    for child in element:
        node.setdefault(child.tag, []).append(parse(child))
    if element.text is not None:
        node["#"] = element.text
    return node


class Answer:
    """A reply: its head as texts, its customer as a node."""

    def __init__(self, body: bytes) -> None:
        root = ET.fromstring(body)
        assert root.tag == "ecif"
        assert root.get("version") == "1"
        self.tags = [child.tag for child in root]
        head = root.find("head")
        assert head is not None
        self.head = {child.tag: child.text or "" for child in head}
        customers = root.findall("customer")
        assert len(customers) <= 1
        self.customer = parse(customers[0]) if customers else None
        self.order = [child.tag for child in customers[0]] if customers else []

    def __getitem__(self, name: str) -> str:
        return self.head[name]

    @property
    def code(self) -> str:
        return self.head["code"]

    def __repr__(self) -> str:
        return f"Answer({self.head})"


def frame(body: bytes) -> bytes:
    return f"{len(body):08d}".encode() + body


def read_frame(line: socket.socket) -> bytes | None:
    """None when the hub closed the connection."""
    length = _read(line, 8)
    return None if length is None else _read(line, int(length))


def _read(line: socket.socket, size: int) -> bytes | None:
    data = b""
    while len(data) < size:
        part = line.recv(size - len(data))
        if not part:
            return None
        data += part
    return data


class TellerCaller:
    """Dials 7106: one request, one reply, close."""

    def __init__(self, port: int) -> None:
        self._port = port

    def dial(self) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        line.settimeout(10)
        return line

    def ask_raw(self, body: bytes) -> bytes:
        with self.dial() as line:
            line.sendall(frame(body))
            reply = read_frame(line)
            assert reply is not None, "closed without a reply"
            assert line.recv(1) == b"", "more than one reply"
            return reply

    def ask(self, node: Node | bytes) -> Answer:
        body = node if isinstance(node, bytes) else encode(node)
        return Answer(self.ask_raw(body))

    # --- the sheet's five requests

    def identify(self, name: str, document: Node, **head: str | None) -> Answer:
        return self.ask(request("identify", {"name": name, "document": document}, **head))

    def query(self, body: Node, **head: str | None) -> Answer:
        return self.ask(request("query", body, **head))

    def open(self, customer: Node, **head: str | None) -> Answer:
        return self.ask(request("open", {"customer": customer}, **head))

    def change(self, customer: Node, **head: str | None) -> Answer:
        return self.ask(request("change", {"customer": customer}, **head))

    def verify(self, number: str, document: Node, **head: str | None) -> Answer:
        return self.ask(request("verify", {"customer": {"@number": number}, "document": document}, **head))
