"""The shipped systems, opened as peers open them; no socket is touched."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from formats.codec import Codec
from gateway.config.reader import read_conf
from gateway.config.schema import Conf
from gateway.peers.books import Books
from gateway.peers.breakage import Breakage
from gateway.peers.forms import Form
from gateway.peers.letters import Letters
from gateway.peers.opening import open_codec, raw_sections
from gateway.peers.population import make_population


@dataclass(frozen=True)
class Desk:
    """What a peer writes with."""

    system: str
    codec: Codec
    form: Form
    letters: Letters
    books: Books
    breakage: Breakage


@pytest.fixture(scope="session")
def shipped() -> Conf:
    return read_conf(Path(__file__).parents[3] / "conf", {})


def desk_of(conf: Conf, system: str) -> Desk:
    """With its customers of a small bank entered."""
    codec, sections = open_codec(conf, system), raw_sections(conf.folder_of(system))
    form, letters = Form(sections, codec), Letters(system, sections, codec)
    books = Books(form)
    breakage = Breakage(form, letters, codec, has_seal=conf.systems[system].seal is not None)
    for step in make_population(30, 5, list(conf.systems)).scripts[system]:
        if step.kind == "image":
            books.image(step)
    return Desk(system, codec, form, letters, books, breakage)


@pytest.fixture(scope="session", params=["core", "ebank", "loan", "wealth"])
def desk(request: pytest.FixtureRequest, shipped: Conf) -> Desk:
    return desk_of(shipped, request.param)
