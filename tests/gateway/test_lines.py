from dataclasses import dataclass, field

from ecif.messages import Outgoing
from gateway.lines import Lines


@dataclass(eq=False)
class FakeLine:
    last_heard: float = 0.0
    ready: bool = True
    leaving: bool = False
    pushes: list[str] = field(default_factory=list)

    def push(self, push: Outgoing) -> None:
        self.pushes.append(push.push_id)

    def finish(self, reason: str) -> None: ...

    def end(self, reason: str) -> None: ...


def outgoing(customer: int, push_id: str = "P") -> Outgoing:
    return Outgoing("core", f"C{customer}", push_id, b"", 1)


def test_a_customer_keeps_to_its_line_when_others_come() -> None:
    lines, first = Lines(64), FakeLine()
    lines.came(first)
    for customer in range(50):
        assert lines.send(outgoing(customer))
    second = FakeLine()
    lines.came(second)
    for customer in range(100):
        assert lines.send(outgoing(customer, "again"))
    assert first.pushes.count("again") >= 50
    assert second.pushes.count("again") >= 40


def test_a_dead_lines_customers_and_pushes_move() -> None:
    lines, first, second = Lines(64), FakeLine(), FakeLine()
    lost: list[str] = []
    lines.lost = lost.extend
    lines.came(first)
    lines.send(outgoing(1, "A"))
    lines.send(outgoing(2, "B"))
    lines.closed("B")
    lines.came(second)
    lines.left(first)
    assert lost == ["A"]
    assert lines.send(outgoing(1, "A"))
    assert second.pushes == ["A"]


def test_without_a_ready_line_nothing_is_carried() -> None:
    lines = Lines(64)
    assert lines.capacity() == 0
    assert not lines.send(outgoing(1))
    lines.came(FakeLine(ready=False))
    assert lines.capacity() == 0
    lines.came(FakeLine())
    assert lines.capacity() == 64


def test_the_longest_silent_is_found() -> None:
    lines = Lines(64)
    assert lines.longest_silent() is None
    quiet = FakeLine(last_heard=1.0)
    for line in (FakeLine(last_heard=5.0), quiet, FakeLine(last_heard=9.0)):
        lines.came(line)
    assert lines.longest_silent() is quiet


def test_a_slot_that_moved_no_longer_counts_on_the_line_it_left() -> None:
    lines, first, second = Lines(64), FakeLine(), FakeLine()
    lines.came(first)
    lines.came(second)
    first.ready = False
    for customer in range(40):
        lines.send(outgoing(customer, "A"))
    first.ready, second.ready = True, False
    for customer in range(40):
        lines.send(outgoing(customer, "B"))
    second.ready = True
    for customer in range(1000, 1020):
        lines.send(outgoing(customer, "C"))
    assert second.pushes.count("C") > first.pushes.count("C")
