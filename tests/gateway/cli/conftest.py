"""Commands run in this process, as `ecif` would be: exit code, standard output, standard error."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli.main import main

ROOT = Path(__file__).parents[3]
CONF = ROOT / "conf"


@dataclass(frozen=True)
class Ran:
    code: int
    out: bytes
    text: str
    """Standard error."""

    @property
    def lines(self) -> list[str]:
        return self.out.decode().splitlines()


@pytest.fixture
def ecif(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Ran]:
    """In a folder of its own, with the shipped conf unless --conf is given."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ECIF_DATABASE_URL", raising=False)

    def run(*arguments: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        conf = [] if "--conf" in arguments or "--help" in arguments else ["--conf", str(CONF)]
        with pytest.raises(SystemExit) as ended:
            main([*arguments, *conf])
        captured = capfdbinary.readouterr()
        assert b"Traceback" not in captured.out + captured.err
        return Ran(int(ended.value.code or 0), captured.out, captured.err.decode())

    return run
