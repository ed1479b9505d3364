"""Exceptions for logs and reports: kinds and places, never message texts.

A database error prints its parameters, a decoding error its bytes: customers' data. Where an exception came
from is in the code, so file, line and function are enough to find the bug.
"""

import traceback
from pathlib import Path


def safe_trace(error: BaseException) -> str:
    """Several lines, the innermost exception first, as Python prints them."""
    return "\n".join(_lines(error, seen=set()))


def _lines(error: BaseException, seen: set[int]) -> list[str]:
    if id(error) in seen:
        return []
    seen.add(id(error))
    lines: list[str] = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        lines += [*_lines(cause, seen), "which led to"]
    lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
    lines += [f"  {place}" for place in places(error)]
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            lines += ["holding", *(f"  {line}" for line in _lines(inner, seen))]
    return lines


def places(error: BaseException) -> list[str]:
    """`file:line function`, outermost first, files by their last two parts."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno} {frame.name}" for frame in frames]
