"""A process that gives way, alone in its session as the HTTP process is, and as one of several."""

import subprocess
import sys
from pathlib import Path

import pytest

GROUP = Path("/proc/self/autogroup")
SAYS = """
import os
from pathlib import Path
from gateway.precedence import give_way
give_way(7)
group = Path("/proc/self/autogroup")
print(os.nice(0), *(group.read_text().split()[-1:] if group.exists() else ()))
"""


def said(*, alone: bool) -> list[str]:
    command = [sys.executable, "-c", SAYS]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=60, start_new_session=alone
    ).stdout.split()


def test_it_has_the_niceness_itself() -> None:
    assert said(alone=True)[0] == "7"


def groups_by_session() -> bool:
    if not GROUP.exists():
        return False
    command = [sys.executable, "-c", f"print(open('{GROUP}').read())"]
    shown = subprocess.run(command, capture_output=True, check=True, timeout=60, start_new_session=True)
    return bool(shown.stdout.strip())


@pytest.mark.skipif(not groups_by_session(), reason="this kernel groups nobody by session")
def test_and_its_session_where_that_is_its_own() -> None:
    # A process that was started before there were groups, and what it starts, is in none.
    before = GROUP.read_text().split()[-1:]
    assert said(alone=True) == ["7", "7"]
    assert said(alone=False) == ["7", *before]
