"""An iterator that runs ahead in a process of its own, for the second core.

Its items come through a pipe. The pipe is the bound: a sender that is one item ahead waits until the first
was taken. To unpack one takes a while, for which whoever wants it waits, unless `unpack` was called before:
that does it in a thread, and costs nothing while the caller is in a call that leaves the interpreter alone,
such as a commit.

Whoever ends first ends the other: a reader that leaves closes the pipe, a sender that dies leaves
it at its end. What it raises is raised here.

The process is spawned, not forked: it inherits no thread, no lock and no connection.
"""

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from gateway.collector import in_batches

T = TypeVar("T")


class ReaderLost(Exception):
    """The other process ended without a word; whoever reads on would miss what it had."""

    def __init__(self) -> None:
        super().__init__("the process that reads the files ended")


@contextmanager
def ahead(make: Callable[..., Iterator[T]], *arguments: Any) -> Iterator["Ahead[T]"]:
    """The items of `make(*arguments)`; function and arguments are pickled."""
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(theirs, make, arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        with ThreadPoolExecutor(1) as thread:
            yield Ahead(ours, thread)
    finally:
        ours.close()
        process.join()


class Ahead(Iterator[T]):
    def __init__(self, pipe: "Connection[Any, Any]", thread: ThreadPoolExecutor) -> None:
        self._pipe, self._thread = pipe, thread
        self._coming: Future[tuple[T | None, Exception | None]] | None = None

    def unpack(self) -> None:
        """Begins with the next item, unless it has begun."""
        if self._coming is None:
            self._coming = self._thread.submit(self._pipe.recv)

    def __next__(self) -> T:
        self.unpack()
        assert self._coming is not None
        coming, self._coming = self._coming, None
        try:
            item, error = coming.result()
        except EOFError:
            raise ReaderLost from None
        if error is not None:
            raise error
        if item is None:
            raise StopIteration
        return item


def _send(pipe: "Connection[Any, Any]", make: Callable[..., Iterator[Any]], arguments: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the reader hears it and closes the pipe
    try:
        with in_batches():
            for item in make(*arguments):
                pipe.send((item, None))
                del item  # before the next one is made: two would be in memory
        pipe.send((None, None))
    except BrokenPipeError:
        return
    except Exception as error:
        pipe.send((None, error))
