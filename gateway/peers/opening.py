"""A peer's parts, built from the conf folder of its system. The only place that builds them.

Codec, framing and seal are those of `formats`: bytes are a shared fact. The sections that say what a customer
is are read from the file as they stand, not through the hub's adapters.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from formats.codec import Codec
from formats.declare import Declaration, load_codec
from formats.framing import Framing
from formats.seals import load_seal
from gateway.config.schema import Conf
from gateway.config.values import split_address
from gateway.peers.forms import Form
from gateway.peers.letters import Letters
from gateway.peers.wire import Door, Ear, Listens, client_tls

_DECLARED: TypeAdapter[Declaration] = TypeAdapter(Declaration)


@dataclass(frozen=True)
class Opened:
    """Everything that makes a peer this system."""

    system: str
    codec: Codec
    framing: Framing
    form: Form
    letters: Letters
    has_seal: bool
    door: Door | None
    """Where it dials the hub; None where the hub only dials it."""
    style: str
    most_lines: int
    listen: Listens | None
    """Where the hub dials it."""
    kept: bool
    """Whether the hub keeps the line it dialled, and both sides ask on it."""
    turns: bool
    """Whether each side may have one request open, and damaged frames are repeated."""


def open_system(
    conf: Conf, system: str, *, connect: str = "", listen: int | None = None, certificates: Path | None = None
) -> Opened:
    """`connect` and `listen` win over the addresses in conf."""
    declared = conf.systems[system]
    folder = conf.folder_of(system)
    codec = open_codec(conf, system)
    sections = raw_sections(folder)
    dialled = split_address(declared.dial.address) if declared.dial else None
    return Opened(
        system=system,
        codec=codec,
        framing=declared.framing,
        form=Form(sections, codec),
        letters=Letters(system, sections, codec),
        has_seal=declared.seal is not None,
        door=_door(conf, system, connect, certificates),
        style=declared.listen.style if declared.listen else "long",
        most_lines=declared.listen.connections if declared.listen else 0,
        listen=Ear(dialled[0], dialled[1] if listen is None else listen) if dialled else None,
        kept=declared.dial is not None and declared.dial.style == "long",
        turns=declared.link is not None,
    )


def open_codec(conf: Conf, system: str) -> Codec:
    declared = conf.systems[system]
    seal = load_seal(declared.seal) if declared.seal else None
    return load_codec(_DECLARED.validate_python(declared.codec), conf.folder_of(system), system, seal)


def open_form(conf: Conf, system: str) -> Form:
    return Form(raw_sections(conf.folder_of(system)), open_codec(conf, system))


def raw_sections(folder: Path) -> dict[str, Any]:
    """As they stand; code tables that the system does not declare are the bank's standard ones."""
    sections = tomllib.loads((folder / "system.toml").read_text("utf-8"))
    standard = tomllib.loads((folder.parents[1] / "codes.toml").read_text("utf-8"))
    codes = {table: {code: [code] for code in listed} for table, listed in standard.items()}
    return sections | {"codes": codes | sections.get("codes", {})}


def _door(conf: Conf, system: str, connect: str, certificates: Path | None) -> Door | None:
    declared = conf.systems[system].listen
    if declared is None:
        return None
    host, port = split_address(connect or declared.address)
    tls = None
    if declared.tls is not None:
        folder = certificates or declared.tls.certificate.parent
        tls = client_tls(folder, system)
    return Door("127.0.0.1" if host == "0.0.0.0" else host, port, tls)
