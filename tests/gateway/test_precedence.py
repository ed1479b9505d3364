"""A process that gives way, alone in its session as the HTTP process is, and as one of several."""

import subprocess
import sys
from pathlib import Path

import pytest

SAYS = """
import os
from pathlib import Path
from gateway.precedence import give_way
give_way(7)
group = Path("/proc/self/autogroup")
print(os.nice(0), group.read_text().split()[-1] if group.exists() else "none")
"""


def said(*, alone: bool) -> list[str]:
    command = [sys.executable, "-c", SAYS]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=60, start_new_session=alone
    ).stdout.split()


def test_it_has_the_niceness_itself() -> None:
    assert said(alone=True)[0] == "7"


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this kernel groups nobody by session")
def test_and_its_session_where_that_is_its_own() -> None:
    before = Path("/proc/self/autogroup").read_text().split()[-1]
    assert said(alone=True)[1] == "7"
    assert said(alone=False)[1] == before
