"""`python -m bench.sick [KIND …] [--turns N]`: whether one sick system is felt by the others.

Core changes customers that loan has too, at a steady pace, so that each message causes a push to loan. The
delay from request to reply is taken in turns (`bench.turns`) while loan is healthy, and while it is sick in
one of four ways:

    silent      takes the connection and the push and never answers
    slow        answers one push a second
    flapping    hangs up on every push
    refusing    nobody listens on its port

Between a sick turn and the next healthy one loan gets what it missed; that is not measured.
"""

import argparse
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from bench.generator import loan_answer, loan_stamp
from bench.lines import loan_body, loan_framed
from bench.population import MESSAGES
from bench.probe import Probe, Running, raised_hub
from bench.turns import SETTLE_SECONDS, Moment, Turn, compared, enough, stolen
from ecif import views
from ecif.store.store import open_store

CUSTOMERS = 200
RATE = 50.0
"""Messages a second: far below what the hub can do, so that a delay is a delay and no queue."""
MESSAGES_A_TURN = 400
MOST_TURNS = 4
"""Times as many turns as wanted, after which it is compared what there is."""
KINDS = ("silent", "slow", "flapping", "refusing")
HEALTHY, SICK = "healthy", "sick"


def run(turns: int, kinds: tuple[str, ...] = KINDS, *, messages: int = MESSAGES_A_TURN) -> dict[str, Any]:
    """Per kind the figures of `compared`, from so many quiet turns of each state."""
    changes = {"systems/loan/system.toml": {"delivery.reply_seconds": 2.0}}
    with raised_hub(changes) as up, Probe(up) as probe:
        work = _Work(up, probe)
        with loan(up, "healthy"):
            work.begin()
            work.times(messages)  # until everything is warm
        return {kind: _compared(up, work, kind, turns, messages) for kind in kinds}


def _compared(up: Running, work: "_Work", kind: str, wanted: int, messages: int) -> dict[str, Any]:
    sys.stderr.write(f"{kind}\n")
    turns = list[Turn]()
    while not enough(turns, (HEALTHY, SICK), wanted) and len(turns) < 2 * MOST_TURNS * wanted:
        with loan(up, "healthy"):
            work.catch_up()
            turns.append(work.turn(HEALTHY, messages))
        with loan(up, kind):
            turns.append(work.turn(SICK, messages))
    with loan(up, "healthy"):
        work.catch_up()
    return compared(turns, HEALTHY, SICK)


class _Work:
    """Customers that core and loan have, whom core goes on changing."""

    def __init__(self, up: Running, probe: Probe) -> None:
        self._up, self._probe, self._seq = up, probe, 0

    def begin(self) -> None:
        kind, fields = MESSAGES["loan"]
        for n in range(CUSTOMERS):
            body = loan_stamp(self._up.codecs["loan"].build(kind, fields(n * 10, 1)))
            with socket.create_connection(("127.0.0.1", self._up.ports["loan"]), 60) as sock:
                sock.sendall(loan_framed(body))
                data = b""
                while loan_body(data) is None:
                    data += sock.recv(4096)

    def catch_up(self) -> None:
        """Until nothing waits for loan any more, and the hub has had a rest."""
        with closing(open_store(f"sqlite:///{self._up.folder}/ecif.db")) as store:
            while views.backlog(store, ["loan"])["loan"].pending:
                time.sleep(0.2)
        time.sleep(SETTLE_SECONDS)

    def turn(self, state: str, messages: int) -> Turn:
        since = Moment.now()
        self.times(round(SETTLE_SECONDS * RATE))
        took = self.times(messages)
        return Turn(state, stolen(since, Moment.now()), took)

    def times(self, messages: int) -> list[float]:
        kind, fields = MESSAGES["core"]
        codec, found = self._up.codecs["core"], list[float]()
        while len(found) < messages:
            self._seq += 2  # every second image changes what loan has, too
            count = min(CUSTOMERS, messages - len(found))
            bodies = [codec.build(kind, fields(n * 10, self._seq)) for n in range(count)]
            found += self._probe.send(bodies, rate=RATE)
        return found


@contextmanager
def loan(up: Running, kind: str) -> Iterator[None]:
    """Loan's own port, as well as it is; gone afterwards."""
    if kind == "refusing":
        yield
        return
    with socket.create_server(("127.0.0.1", up.ports["loan peer"]), backlog=64) as listener:
        thread = threading.Thread(target=_serve, args=(listener, _ANSWERS[kind]), daemon=True)
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(30)


def _serve(listener: socket.socket, answer: "Callable[[socket.socket], None]") -> None:
    """A thread each: the hub has eight connections at most."""
    threads = list[threading.Thread]()
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            break
        threads = [one for one in threads if one.is_alive()]
        threads.append(threading.Thread(target=_attend, args=(sock, answer), daemon=True))
        threads[-1].start()
    for one in threads:
        one.join(30)


def _attend(sock: socket.socket, answer: "Callable[[socket.socket], None]") -> None:
    with sock:
        sock.settimeout(10)
        try:
            answer(sock)
        except OSError:
            return


def _push(sock: socket.socket) -> bytes:
    data = b""
    while (body := loan_body(data)) is None:
        more = sock.recv(4096)
        if not more:
            raise ConnectionResetError
        data += more
    return body


def _healthy(sock: socket.socket) -> None:
    sock.sendall(loan_framed(loan_answer(_push(sock))))
    sock.recv(1)


def _silent(sock: socket.socket) -> None:
    while sock.recv(4096):
        pass


_TURNS = threading.Lock()


def _slow(sock: socket.socket) -> None:
    with _TURNS:
        time.sleep(1)
    _healthy(sock)


def _flapping(sock: socket.socket) -> None:
    _push(sock)


_ANSWERS: dict[str, Callable[[socket.socket], None]] = {
    "healthy": _healthy,
    "silent": _silent,
    "slow": _slow,
    "flapping": _flapping,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.sick", epilog="Example: … silent --turns 4")
    parser.add_argument("kinds", nargs="*", help=f"{', '.join(KINDS)}; all of them by default")
    parser.add_argument("--turns", type=int, default=8, help="of each state that the machine left alone")
    given = parser.parse_args()
    if unknown := set(given.kinds) - set(KINDS):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    figures = run(given.turns, tuple(given.kinds) or KINDS)
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
