"""Small limits, each one thing: who may come, how many, how many bytes, how fast, how often a log line.

None of them waits in a loop and none knows a socket. Numbers come from conf.
"""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

import trio

PREVIEW_BYTES = 16
"""How much of what a stranger sent may be described in the log."""


class Allowlist:
    """Which addresses may connect. An IPv4 address mapped into IPv6 counts as the IPv4 address."""

    MOST_REMEMBERED = 10_000

    def __init__(self, networks: tuple[IPv4Network | IPv6Network, ...]) -> None:
        self._networks = networks
        self._known: dict[str, bool] = {}

    def __contains__(self, host: object) -> bool:
        known = self._known.get(str(host))
        if known is None:
            known = self._look_up(str(host))
            if len(self._known) < self.MOST_REMEMBERED:
                self._known[str(host)] = known
        return known

    def _look_up(self, host: str) -> bool:
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)


class Places:
    """How many connections one system (or the process) may have at a time."""

    def __init__(self, limit: int) -> None:
        self.limit, self.taken = limit, 0

    def take(self) -> bool:
        """Take one if there is one."""
        if self.taken >= self.limit:
            return False
        self.taken += 1
        return True

    def give_back(self) -> None:
        self.taken -= 1


class Seat:
    """One connection's claim on a place: taken when it comes, or when it first asks for something.

    With `make_room` it may come in without, and gets its place when its sign-on is accepted, at the cost of
    an older connection: a stranger who cannot sign on pushes nobody out, and a dead line keeps nobody out.
    """

    def __init__(self, places: Places, *, make_room: Callable[[], None] | None = None) -> None:
        self._places, self.held = places, False
        self._make_room = make_room

    @property
    def may_wait(self) -> bool:
        """Whether it gets a place with its sign-on."""
        return self._make_room is not None

    def take(self) -> bool:
        """Whether there is a place for it, now or already."""
        self.held = self.held or self._places.take()
        return self.held

    def take_by_right(self) -> None:
        """Signed on: it has a place now."""
        if not self.take() and self._make_room is not None:
            self._make_room()
            self.take_over()

    def take_over(self) -> None:
        """Take the place of a connection that is being closed."""
        self._places.taken += 1
        self.held = True

    def give_back(self) -> None:
        if self.held:
            self._places.give_back()
            self.held = False


class Addresses:
    """How many connections each remote address has open."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: Counter[str] = Counter()

    def take(self, host: str) -> bool:
        if self._open[host] >= self._limit:
            return False
        self._open[host] += 1
        return True

    def give_back(self, host: str) -> None:
        self._open[host] -= 1
        if not self._open[host]:
            del self._open[host]


@dataclass(slots=True)
class _Window:
    since: float
    seen: int = 0


class Often:
    """How often each address did something lately: `most` times in `seconds`, then it is too often."""

    MOST_REMEMBERED = 10_000

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._windows: dict[str, _Window] = {}

    def note(self, host: str, now: float) -> bool:
        """Whether this time is one too many."""
        window = self._windows.get(host)
        if window is None or now >= window.since + self._seconds:
            if len(self._windows) >= self.MOST_REMEMBERED:
                self._forget(now)
            window = self._windows[host] = _Window(now)
        window.seen += 1
        return window.seen > self._most

    def too_often(self, host: str, now: float) -> bool:
        window = self._windows.get(host)
        return window is not None and now < window.since + self._seconds and window.seen >= self._most

    def forgive(self, host: str) -> None:
        self._windows.pop(host, None)

    def _forget(self, now: float) -> None:
        """Those whose time is over; all, where that is not enough: memory is bounded first of all."""
        windows = self._windows
        self._windows = {host: one for host, one in windows.items() if now < one.since + self._seconds}
        if len(self._windows) >= self.MOST_REMEMBERED:
            self._windows = {}


class Budget:
    """Bytes in hand in the whole process: half-received frames and messages that wait for their commit.

    Readers wait for room *before* they read on; what they then read may overdraw it by one read a connection.
    Where half-received frames hold all of it, one reader at a time goes on inside its frame without room, or
    they would wait for each other: each such turn ends with the frame or with the frame's deadline.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.taken = limit, 0
        self._lot = trio.lowlevel.ParkingLot()
        self._inside = trio.lowlevel.ParkingLot()
        """Those with a frame begun."""
        self._turn: object = None
        """Who goes on without room."""

    def hold(self, size: int) -> None:
        self.taken += size

    def give_back(self, size: int) -> None:
        self.taken -= size
        if self.taken < self.limit:
            self._inside.unpark_all()
            self._lot.unpark_all()
        elif self._turn is None:
            self._inside.unpark()

    async def wait_room(self) -> None:
        """For a frame that has not begun."""
        while self.taken >= self.limit:
            await self._lot.park()

    async def wait_more(self, reader: object) -> None:
        """For the rest of a frame."""
        while self.taken >= self.limit and self._turn is not reader:
            if self._turn is None:
                self._turn = reader
            else:
                await self._inside.park()

    def end_turn(self, reader: object) -> None:
        """Its frame is whole, or given up."""
        if self._turn is reader:
            self._turn = None
            self._inside.unpark()


@dataclass(frozen=True, slots=True)
class FrameTime:
    """How long a frame may take: a deadline for all of it, and a least rate, so that whoever sends a byte now
    and then, or none, does not get all of that time. The rate counts only after half of it: a packet that was
    lost on the way is no drip."""

    seconds: float
    bytes_per_second: int

    def until(self, begun: float, received: int) -> float:
        """When more of it must have come."""
        return begun + min(self.seconds, self.seconds / 2 + received / self.bytes_per_second)


class Pacer:
    """At most so many starts a second, evenly spread; a start not used is not saved up."""

    def __init__(self, per_second: int | None) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._next = -math.inf

    async def wait_turn(self) -> None:
        now = trio.current_time()
        turn = max(now, self._next)
        self._next = turn + self._gap
        if turn > now:
            await trio.sleep_until(turn)


class Allowance:
    """At most so many a second, without waiting here: a tenth of a second's worth may go at once."""

    def __init__(self, per_second: int | None) -> None:
        self._rate = float(per_second or 0)
        self._most = max(1.0, self._rate / 10)
        self._left, self._at = self._most, -math.inf

    def left(self, now: float) -> float:
        """How many may go now; infinite where there is no rate."""
        if not self._rate:
            return math.inf
        if now > self._at:
            self._left = min(self._most, self._left + (now - self._at) * self._rate)
            self._at = now
        return self._left

    def spend(self) -> None:
        self._left -= 1

    def wait(self, now: float) -> float:
        """Seconds until the next one may go; 0: now."""
        missing = 1 - self.left(now)
        return missing / self._rate if missing > 0 else 0.0


@dataclass(slots=True)
class Throttle:
    """Which log lines may be written: `most` of a kind in `seconds`, the next one says how many were not."""

    most: int = 5
    seconds: float = 10.0
    _windows: dict[str, _Window] = field(default_factory=dict)

    def admit(self, kind: str, now: float) -> int | None:
        """None: keep quiet. Otherwise the number kept quiet since the last line of this kind."""
        window = self._windows.get(kind)
        if window is None or now >= window.since + self.seconds:
            hidden = max(0, window.seen - self.most) if window else 0
            self._windows[kind] = _Window(now, 1)
            return hidden
        window.seen += 1
        return 0 if window.seen <= self.most else None


def masked(data: bytes) -> str:
    """What a few bytes look like, without what they say: letters become a or A, digits 9, the rest hex."""
    return " ".join(_mask(byte) for byte in data[:PREVIEW_BYTES])


def _mask(byte: int) -> str:
    char = chr(byte)
    if char.isascii() and char.isalpha():
        return "A" if char.isupper() else "a"
    return "9" if char.isascii() and char.isdigit() else f"{byte:02x}"
