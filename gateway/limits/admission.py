"""Who may come, how many at a time, and how often."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address


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
class Window:
    since: float
    seen: int = 0


class Often:
    """How often each address did something lately: `most` times in `seconds`, then it is too often."""

    MOST_REMEMBERED = 10_000

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._windows: dict[str, Window] = {}

    def note(self, host: str, now: float) -> bool:
        """Whether this time is one too many."""
        window = self._windows.get(host)
        if window is None or now >= window.since + self._seconds:
            if len(self._windows) >= self.MOST_REMEMBERED:
                self._forget(now)
            window = self._windows[host] = Window(now)
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
