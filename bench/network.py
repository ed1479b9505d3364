"""Ports of a run's own, so that a benchmark never meets a hub that is already up."""

import re
import socket
from pathlib import Path

ADDRESS = re.compile(r'^address = "127\.0\.0\.1:\d+"', re.MULTILINE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def own_ports(conf: Path) -> None:
    """Give every address in a copied conf folder a free port."""
    for path in conf.rglob("*.toml"):
        text = path.read_text("utf-8")
        path.write_text(ADDRESS.sub(lambda _: f'address = "127.0.0.1:{free_port()}"', text), "utf-8")
