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
    if _is_store_error(error):
        say(str(error))
        return NOT_POSSIBLE_NOW
    if isinstance(error, OSError) and error.strerror:
        say(f"{error.strerror}{_at(error)}")
        return NOT_POSSIBLE_NOW
    return _apologise(error)


def _is_store_error(error: BaseException) -> bool:
    """Looked up by what is loaded: importing the store only to ask would load SQLAlchemy."""
    module = sys.modules.get("ecif.store.errors")
    kind = getattr(module, "StoreError", None)
    return kind is not None and isinstance(error, kind)


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
