"""A process that ends with the one that started it, also when that is killed: its standard input is a pipe
that nobody writes to, and end of file means that the other end is gone. An orphan would keep the ports.

Read by descriptor: a thread inside `sys.stdin.buffer` would hold its lock, and an interpreter that ends
meanwhile aborts.
"""

import os
import signal
import threading

_STDIN = 0


def end_with_parent() -> None:
    """From now on; SIGTERM is what this process gets."""
    threading.Thread(target=_wait, daemon=True).start()


def _wait() -> None:
    while os.read(_STDIN, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
