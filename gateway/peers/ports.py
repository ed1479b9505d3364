"""Free ports for a copied conf, so that a demonstration or a benchmark never meets a hub already up."""

import re
import socket
from contextlib import ExitStack
from pathlib import Path

_ADDRESS = re.compile(r'^(\s*address\s*=\s*")[^"]*(")', re.MULTILINE)


def give_free_ports(conf: Path) -> None:
    """Every address in that folder's files becomes a free port on loopback."""
    files = [conf / "hub.toml", *sorted(conf.glob("systems/*/system.toml"))]
    ports = iter(free_ports(sum(len(_ADDRESS.findall(file.read_text("utf-8"))) for file in files)))
    for file in files:
        text = file.read_text("utf-8")
        file.write_text(_ADDRESS.sub(lambda at: f"{at[1]}127.0.0.1:{next(ports)}{at[2]}", text), "utf-8")


def free_ports(count: int) -> list[int]:
    """All held at once, so that they differ."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
