"""Source of a message under way, with the tables of numbers in ASCII that prefixes are looked up in."""

from formats.iso8583.spec import Element, Message, Spec
from formats.lowering.source import Source

RULE = "not as declared"
LENGTHS = {digits: {f"{n:0{digits}d}": n for n in range(10**digits)} for digits in (1, 2, 3)}
WRITTEN = {digits: tuple(f"{n:0{digits}d}" for n in range(10**digits)) for digits in (1, 2, 3)}


class MessageSource(Source):
    def __init__(self) -> None:
        super().__init__()
        self.values["RULE"] = RULE

    def refuse_if(self, wrong: str) -> None:
        self.line(f"if {wrong}: raise Refused(RULE)")

    def lengths(self, digits: int) -> str:
        """The name of the table text → number."""
        return self.value(f"length{digits}", LENGTHS[digits])

    def written(self, digits: int) -> str:
        """The name of the table number → text."""
        return self.value(f"written{digits}", WRITTEN[digits])


def unsealed(spec: Spec, message: Message) -> list[Element]:
    """The elements in their order, without the seal, which is not of the content."""
    return [element for number, element in message.elements.items() if number != spec.seal]


def plus(at: str, size: int) -> str:
    """A place behind another; a constant remains one."""
    return str(int(at) + size) if at.isdecimal() else f"{at} + {size}" if size else at
