"""Mutated frames of every format in conf: `python -m bench.fuzz [SYSTEM …] [--frames 1000000]`.

Each format starts from valid messages that nobody wrote (`formats.samples`) and damages them: bits, bytes,
stretches cut, doubled, moved and spliced, lengths and counts overwritten with hostile numbers in each writing
that a bank has. A damaged message must be read to a value that can be written and read again to the same, or
be refused with a FormatError. **Found** is anything else: another exception, a message that takes longer than
`PATIENCE` seconds, memory beyond `ROOM` (an allocation that a hostile length asked for fails there).

Every tenth frame goes through its framing too, in chunks. Seals are held to be right, since otherwise nothing
behind them would ever be reached. The same seed gives the same frames; what is found is told by its number.
"""

import argparse
import gc
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

from bench.mutation import Mutator
from formats.codec import Codec
from formats.declare import load_codec
from formats.errors import FaultKind, FormatError
from formats.framing import Framing
from formats.samples import example, wild_messages
from formats.seals import Seal, load_seal
from formats.testing import survives
from gateway.config.reader import read_conf
from gateway.config.schema import Conf

PATIENCE = 2.0
ROOM = 512 << 20
_CORPUS = 400
_FRAMED = 10


class Hang(BaseException):
    """No Exception, so that no codec can take it for one of its own."""


class NotStable(Exception):
    """Written and read again it is another value."""


class _Credulous:
    """A seal that holds whatever it is shown."""

    def __init__(self, seal: Seal) -> None:
        self._seal, self.size = seal, seal.size

    def over(self, data: bytes) -> bytes:
        return self._seal.over(data)

    def holds(self, data: bytes, code: bytes) -> bool:
        return True


@dataclass(slots=True)
class Found:
    """What must not be."""

    number: int
    what: str
    frame: str
    """In hex: made up, nobody's data."""


@dataclass(slots=True)
class Report:
    system: str
    frames: int = 0
    values: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    slowest_ms: float = 0.0
    seconds: float = 0.0
    grown_kb: int = 0
    """Largest memory of the process afterwards, beyond what it was when the first hundredth was done."""
    found: list[Found] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "system": self.system,
            "frames": self.frames,
            "values": self.values,
            "refused": dict(self.refused),
            "slowest_ms": round(self.slowest_ms, 1),
            "frames_per_second": round(self.frames / self.seconds) if self.seconds else 0,
            "grown_kb": self.grown_kb,
            "found": [{"number": one.number, "what": one.what, "frame": one.frame} for one in self.found],
        }


def open_codec(conf: Conf, system: str) -> Codec:
    declared = conf.systems[system]
    seal = _Credulous(load_seal(declared.seal)) if declared.seal else None
    return load_codec(declared.codec, conf.folder_of(system), system, seal)


def corpus(codec: Codec, seed: int) -> list[bytes]:
    return [*(example(codec, type) for type in codec.types), *islice(wild_messages(codec, seed), _CORPUS)]


def fuzz(codec: Codec, framing: Framing, frames: int, seed: int) -> Report:
    report = Report(codec.name)
    random = Random(seed)
    mutator = Mutator(corpus(codec, seed), random)
    settled, size = frames // 100, 0
    started = time.monotonic()
    for number in range(frames):
        if number == settled:
            gc.collect()
            size = _size()
        _try(codec, framing, mutator.frame(), number, random, report)
    report.seconds = time.monotonic() - started
    report.grown_kb = _size() - size
    return report


def _size() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _try(codec: Codec, framing: Framing, body: bytes, number: int, random: Random, report: Report) -> None:
    started = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        report.values += _read(codec, body, report.refused)
        if number % _FRAMED == 0:
            _reframe(framing, body, random)
    except (Exception, Hang) as error:  # what is found, is found
        report.found.append(Found(number, f"{type(error).__name__}: {error}"[:200], body.hex()))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    report.frames += 1
    report.slowest_ms = max(report.slowest_ms, 1000 * (time.process_time() - started))


def _read(codec: Codec, body: bytes, refused: Counter[str]) -> bool:
    codec.peek(body)
    try:
        read = codec.parse(body)
    except FormatError as error:
        refused[error.kind.value if error.faults else "without a fault"] += 1
        return False
    if not survives(codec, *read):
        raise NotStable
    return True


def _reframe(framing: Framing, body: bytes, random: Random) -> None:
    """A damaged line in chunks: frames or a clean error."""
    try:
        line = bytearray(framing.wrap(body))
    except FormatError:  # too long for its frame, or a mark inside
        return
    line[random.randrange(len(line))] = random.randrange(256)
    reader = framing.reader()
    for at in range(0, len(line), 1 + len(line) // 4):
        reader.feed(bytes(line[at : at + 1 + len(line) // 4]))
        try:
            while reader.next_frame() is not None:
                pass
        except FormatError as error:
            if error.kind is FaultKind.LENGTH:
                return


def fuzz_all(conf: Conf, systems: Sequence[str], frames: int, seed: int) -> Iterator[Report]:
    old_handler = signal.signal(signal.SIGPROF, _hang)
    limits = resource.getrlimit(resource.RLIMIT_AS)
    try:
        for system in systems:
            codec = open_codec(conf, system)
            resource.setrlimit(resource.RLIMIT_AS, (_mapped() + ROOM, limits[1]))
            yield fuzz(codec, conf.systems[system].framing, frames, seed)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)
        signal.signal(signal.SIGPROF, old_handler)


def _mapped() -> int:
    """Bytes of address space this process has now."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()


def _hang(number: int, frame: FrameType | None) -> None:
    raise Hang(f"more than {PATIENCE:g} s of the processor")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("systems", nargs="*", metavar="SYSTEM", help="otherwise all in conf")
    parser.add_argument("--frames", type=int, default=1_000_000, help="of each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--conf", type=Path, default=Path("conf"))
    told = parser.parse_args(arguments)
    conf = read_conf(told.conf, os.environ)
    found = 0
    for report in fuzz_all(conf, told.systems or list(conf.systems), told.frames, told.seed):
        found += len(report.found)
        sys.stdout.write(json.dumps(report.as_dict()) + "\n")
        sys.stdout.flush()
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
