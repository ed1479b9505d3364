"""The COBOL compiler, where it is present: Debian's gnucobol3."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

Compile = Callable[..., Path]


@pytest.fixture(scope="session")
def cobc(tmp_path_factory: pytest.TempPathFactory) -> Compile:
    """(program text, options) → executable."""
    if shutil.which("cobc") is None:
        pytest.skip("cobc is not installed (Debian: apt-get install gnucobol3)")
    folder = tmp_path_factory.mktemp("cobol")

    def compiled(text: str, options: Sequence[str] = ()) -> Path:
        number = sum(1 for _ in folder.glob("*.cob"))
        source, target = folder / f"p{number}.cob", folder / f"p{number}"
        source.write_text(text, "ascii")
        done = subprocess.run(
            ["cobc", "-x", "-w", "-free", *options, "-o", str(target), str(source)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return target

    return compiled
