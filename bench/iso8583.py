"""card's 0302 (card.md) beside pyiso8583, the MAC neither made nor checked on either side.

pyiso8583 leaves element 48 as one text. Measured are the same work, element 48 as one text for both, which
is what is demanded, and the hub's own, its thirteen tags taken apart, checked and typed, which pyiso8583
leaves to its user. What ours does besides in both: character classes, the calendar of element 7, allowed
values.

The package comes with the extra `bench`; without it only the interpreter is measured beside.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.contest import Contest
from formats.iso8583.codec import Iso8583Codec, load_iso8583

TIMES = 5.0
CUSTOMER: dict[str, Any] = {
    "DE7": "0105093000",
    "DE11": "000042",
    "DE37": "C00000000042",
    "DE48.01": "P",
    "DE48.02": "李小明",
    "DE48.03": "01",
    "DE48.04": "110101199003074426",
    "DE48.05": "19900307",
    "DE48.06": "F",
    "DE48.07": "13900000001",
    "DE48.08": "北京市东城区试验路2号",
    "DE48.09": "100010",
    "DE48.10": "xm@example.com",
    "DE48.20": 15,
    "DE48.21": [
        {"token": "6200000000000000037", "product": "DC01", "status": "0"},
        {"token": "6200000000000000045", "product": "CC02", "status": "1"},
    ],
    "DE91": "2",
    "DE101": "CUSTOMER",
    "DE102": "K0000123",
}


class NoSeal:
    size = 8

    def over(self, data: bytes) -> bytes:
        return bytes(8)

    def holds(self, data: bytes, code: bytes) -> bool:
        return True


def contests(conf: Path) -> Iterable[Contest]:
    file = conf / "systems" / "card" / "card.toml"
    apart = load_iso8583(file, "card", NoSeal())
    yield from _both_ways("card 0302, DE 48 taken apart", apart, CUSTOMER, {})
    body = apart.build("0302", CUSTOMER)
    whole = _whole(file)
    fields = whole.parse(body)[1]
    yield from _both_ways("card 0302, DE 48 as one text", whole, fields, {"pyiso8583": TIMES})


def _whole(file: Path) -> Iso8583Codec:
    """The same messages, but element 48 is one text."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / file.name
        text = file.read_text("utf-8").replace(', content = "customer"', "")
        path.write_text(text, "utf-8")
        return load_iso8583(path, "card", NoSeal())


def _both_ways(
    task: str, codec: Iso8583Codec, customer: Mapping[str, Any], wanted: Mapping[str, float]
) -> Iterable[Contest]:
    fields = {name: value for name, value in customer.items() if name not in ("MTI", "ID")}
    body = codec.build("0302", fields)
    library = _library(body)
    demands = wanted if library else {}
    others: Mapping[str, Callable[[], Any]] = {"interpreted": lambda: codec.parse_carefully(body)[1]}
    read, write = library or (None, None)
    yield Contest(
        task,
        "parse",
        lambda: codec.parse(body)[1],
        {**others, **({"pyiso8583": read} if read else {})},
        demands,
        otherwise=("pyiso8583",),
    )
    others = {"interpreted": lambda: codec.build_carefully("0302", fields)}
    yield Contest(
        task,
        "build",
        lambda: codec.build("0302", fields),
        {**others, **({"pyiso8583": write} if write else {})},
        demands,
    )


def _library(body: bytes) -> tuple[Callable[[], Any], Callable[[], Any]] | None:
    """How it parses and builds these bytes."""
    if find_spec("iso8583") is None:
        return None
    library, specs = import_module("iso8583"), import_module("iso8583.specs")
    spec = {number: dict(element) for number, element in specs.default_ascii.items()}
    for number in ("p", "1"):
        spec[number]["data_enc"] = "b"
    spec["48"]["data_enc"] = "gbk"
    spec["91"]["max_len"] = 1
    spec["128"] |= {"data_enc": "b", "max_len": 8}
    document = library.decode(body, spec)[0]
    for number in ("p", "1"):  # made from what is there
        document.pop(number, None)
    return lambda: library.decode(body, spec)[0], lambda: bytes(library.encode(document, spec)[0])
