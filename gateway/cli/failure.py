"""Errors as users see them: a text on standard error and an exit code. No traceback ever leaves this process.

Known errors say whose fault it is and what to do. An unknown one is a bug of ours: an apology of one line,
and a report for the developers in a file, which names exceptions and places in the code but no message
texts, since those may hold a customer's data.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from gateway.cli.options import NOT_POSSIBLE_NOW, WRONG_USAGE, CommandError, say
from gateway.config.faults import ConfError
from gateway.telemetry.traces import safe_trace

_INTERRUPTED = 130
_BUG = 3
_TOLD = (
    ("ecif.store.errors", "StoreError", NOT_POSSIBLE_NOW),
    ("formats.errors", "DeclarationError", WRONG_USAGE),
    ("gateway.surroundings", "NotReady", NOT_POSSIBLE_NOW),
    ("gateway.http_process", "HttpProcessFailed", NOT_POSSIBLE_NOW),
    ("gateway.worker", "WorkerFailed", NOT_POSSIBLE_NOW),
    ("gateway.peers.cast", "CastError", NOT_POSSIBLE_NOW),
    ("bench.missed", "NotMeasured", NOT_POSSIBLE_NOW),
)
"""Errors whose text is for users. Looked up among what is loaded, since asking must not load SQLAlchemy."""
_WRONG_FILES = (FileNotFoundError, IsADirectoryError, NotADirectoryError)
"""The user named what is not there; anything else about a file may be over tomorrow."""


def tell(error: BaseException) -> int:
    """Say what happened; the exit code."""
    codes = [_tell_one(one) for one in _leaves(error)]
    return max(codes, default=_BUG)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """Nurseries wrap what their tasks raise in groups."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _tell_one(error: BaseException) -> int:
    match error:
        case CommandError():
            say(str(error))
            return error.code
        case ConfError():
            say(str(error))
            say(f"{len(error.faults)} fault(s) in the conf.")
            return WRONG_USAGE
        case KeyboardInterrupt():
            say("Interrupted.")
            return _INTERRUPTED
    for module, name, code in _TOLD:
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and isinstance(error, kind):
            say(str(error))
            return int(getattr(error, "code", code))
    if isinstance(error, OSError) and error.strerror:
        say(f"{error.strerror}{_at(error)}")
        return WRONG_USAGE if isinstance(error, _WRONG_FILES) else NOT_POSSIBLE_NOW
    return _apologise(error)


def _at(error: OSError) -> str:
    return f": {error.filename}" if error.filename else ""


def _apologise(error: BaseException) -> int:
    report = _write_report(error)
    kept = f" A report for its makers is in {report}." if report else ""
    say(f"Sorry, ecif has a fault of its own ({type(error).__name__}).{kept}")
    return _BUG


def _write_report(error: BaseException) -> Path | None:
    name = f"fault-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    for folder in (Path("var") / "faults", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(safe_trace(error), "utf-8")
        except OSError:
            continue
        return folder / name
    return None
