"""The shipped systems' codecs and framings, and the sheets' example frames."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import TypeAdapter

from formats.codec import Codec
from formats.declare import Declaration, load_codec
from formats.framing import Framing
from formats.seals import Seal, SealDeclaration, load_seal

HERE = Path(__file__).parent
SYSTEMS = HERE.parents[1] / "conf" / "systems"


class Example(NamedTuple):
    title: str
    frame: bytes
    fields: dict[str, Any]


class System(NamedTuple):
    codec: Codec
    framing: Any
    examples: list[Example]

    def body(self, title: str) -> bytes:
        """Of the example whose title begins so."""
        frame = next(e.frame for e in self.examples if e.title.startswith(title))
        reader = self.framing.reader()
        reader.feed(frame)
        body: bytes = reader.next_frame()
        return body

    def bodies(self) -> list[bytes]:
        return [body for e in self.examples if (body := self.body(e.title))]


def load(folder: Path) -> tuple[Codec, Any]:
    conf = tomllib.loads((folder / "system.toml").read_text("utf-8"))
    seal = _seal(conf["seal"], folder) if "seal" in conf else None
    declaration = TypeAdapter(Declaration).validate_python(conf["codec"])
    return load_codec(declaration, folder, folder.name, seal), TypeAdapter(Framing).validate_python(
        conf["framing"]
    )


def _seal(declared: dict[str, Any], folder: Path) -> Seal:
    file = declared["key"].removeprefix("${file:").removesuffix("}")
    key = (folder / file).read_text("ascii")
    return load_seal(TypeAdapter(SealDeclaration).validate_python({**declared, "key": key}))


def _load_system(name: str) -> System:
    codec, framing = load(SYSTEMS / name)
    examples = json.loads((HERE / "examples" / f"{name}.json").read_text("utf-8"))
    return System(
        codec, framing, [Example(e["title"], bytes.fromhex(e["frame"]), e["fields"]) for e in examples]
    )


@pytest.fixture(scope="session", params=["core", "loan", "ebank", "card", "wealth", "teller"])
def system(request: pytest.FixtureRequest) -> System:
    return _load_system(request.param)


@pytest.fixture(scope="session")
def core() -> System:
    return _load_system("core")


@pytest.fixture(scope="session")
def loan() -> System:
    return _load_system("loan")


@pytest.fixture(scope="session")
def ebank() -> System:
    return _load_system("ebank")


@pytest.fixture(scope="session")
def load_folder() -> Callable[[Path], tuple[Codec, Any]]:
    return load


@pytest.fixture(scope="session")
def card() -> System:
    return _load_system("card")
