"""An unexpected exception, said without its text: a driver's message may quote a customer's row."""

from pathlib import PurePath
from traceback import extract_tb


class Elsewhere(Exception):
    """Raised in another process of the hub; its text is the place there."""


def place_of(fault: BaseException) -> str:
    """`ValueError at reconcile.py:88`, and the inner one of a group."""
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    if isinstance(fault, Elsewhere):
        return str(fault)
    frames = extract_tb(fault.__traceback__)
    where = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(fault).__name__}{where}"
