"""What conf becomes when the hub is put together."""

import os
from pathlib import Path

from ecif.setting import SECOND
from gateway.bootstrap import load_patience
from gateway.config.reader import read_conf


def test_a_silence_is_heard_from_the_connection_before_the_store_repeats() -> None:
    """loan.md: the hub waits 5 s, closes, and repeats a second later, not while it still waits."""
    patience = load_patience(read_conf(Path("conf"), os.environ))
    assert patience.reply.items() >= {"core": 10 * SECOND, "ebank": 3 * SECOND, "loan": 6 * SECOND}.items()
