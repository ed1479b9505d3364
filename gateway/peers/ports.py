"""Free ports for a copied conf, so that a demonstration or a benchmark never meets a hub already up."""

import re
import socket
from contextlib import ExitStack, suppress
from pathlib import Path
from random import Random

_PORTS = range(15_000, 32_000)
_ADDRESS = re.compile(r'^(\s*address\s*=\s*")[^"]*(")', re.MULTILINE)


def give_free_ports(conf: Path) -> None:
    """Every address in that folder's files becomes a free port on loopback."""
    files = [conf / "hub.toml", *sorted(conf.glob("systems/*/system.toml"))]
    ports = iter(free_ports(sum(len(_ADDRESS.findall(file.read_text("utf-8"))) for file in files)))
    for file in files:
        text = file.read_text("utf-8")
        file.write_text(_ADDRESS.sub(lambda at: f"{at[1]}127.0.0.1:{next(ports)}{at[2]}", text), "utf-8")


def free_ports(count: int) -> list[int]:
    """All held at once, so that they differ.

    Below those that the kernel gives to whoever dials (32768 and above): one of them may be somebody's
    outgoing connection before the hub has begun to listen on it.
    """
    found: list[int] = []
    with ExitStack() as held:
        for port in Random().sample(_PORTS, len(_PORTS)):
            if len(found) == count:
                return found
            with suppress(OSError):
                held.enter_context(socket.create_server(("127.0.0.1", port), reuse_port=False))
                found.append(port)
    raise OSError("no free ports")
