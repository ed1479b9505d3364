"""A line of progress now and then, where work is long and nobody watches a bar."""

import time
from collections.abc import Callable
from typing import Generic, ParamSpec

from gateway.cli.options import say

P = ParamSpec("P")


class NowAndThen(Generic[P]):
    """Called as often as one likes; says `text` of its arguments at most every so many seconds."""

    def __init__(self, text: Callable[P, str], seconds: float = 2.0) -> None:
        self._text, self._seconds = text, seconds
        self._told = time.monotonic()

    def __call__(self, *done: P.args, **named: P.kwargs) -> None:
        now = time.monotonic()
        if now - self._told >= self._seconds:
            self._told = now
            say(self._text(*done, **named))
