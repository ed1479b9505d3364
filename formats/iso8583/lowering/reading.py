"""Message type → the lines that parse it.

Reading goes over the message as latin-1 text, so that digits and ASCII are taken without a decoding each;
other characters are decoded from the bytes. Elements that its sheet marks as always there are read without a
question while nothing else is: that is the first of two halves, the second asks for each bit.
"""

from formats.iso8583.composed import Tags
from formats.iso8583.lowering.runs import Piece, compiled, piece_of
from formats.iso8583.lowering.slowly import read_slowly
from formats.iso8583.lowering.source import LENGTHS, MessageSource, plus, unsealed
from formats.iso8583.lowering.tags_reading import lowers_tags, read_tags
from formats.iso8583.lowering.values import read_value, reads_value
from formats.iso8583.spec import INDICATORS, Element, Message, Prefix, Spec, bit
from formats.iso8583.walking import MTI, size_of
from formats.lowering.source import Compiled


def lower_reading(spec: Spec, message: Message) -> Compiled:
    """`parse(body) -> fields`, of a body of this type."""
    return _Reading(spec, message).compiled()


class _Reading:
    def __init__(self, spec: Spec, message: Message) -> None:
        self._spec, self._message = spec, message
        self._source = MessageSource()
        self._elements = unsealed(spec, message)
        self._unstripped: dict[int, str] = {}
        """Elements that stand with their padding in a name of their own, while that is so."""

    def compiled(self) -> Compiled:
        source = self._source
        with source.block("def parse(body):"):
            source.lines("text = body.decode('latin-1')", f"end = len(body) - {self._seal_size}")
            with source.block("try:"):
                self._usual_half()
                with source.block("else:"):
                    self._other_half()
                source.refuse_if("at != end")
            with source.block("except (KeyError, ValueError):  # no length; an entry of other parts"):
                source.line("raise Refused(RULE) from None")
            source.line("return out")
        return source.compile("parse", f"parse {self._message.type}")

    @property
    def _seal_size(self) -> int:
        held = self._message.elements.get(self._spec.seal)
        return held.content.most if held is not None else 0

    # Halves

    def _usual_half(self) -> None:
        spec, usual = self._spec, self._message.usual
        bitmaps = spec.bitmaps(sum(bit(number) for number in usual))
        begin = spec.mti_size + len(bitmaps)
        with self._source.block(f"if body[{spec.mti_size}:{begin}] == {bitmaps!r}:"):
            self._begin()
            self._runs([element for element in self._elements if element.number in usual], str(begin))
            self._join(usual)
        self._unstripped = {}

    def _other_half(self) -> None:
        spec, source = self._spec, self._source
        allowed = self._message.mask | (INDICATORS if spec.tertiary else bit(1))
        source.line(f"bits, at = {source.value('bits_of', spec.bits_of)}(body)")
        source.refuse_if(f"bits & {~allowed}")
        if spec.seal:
            source.refuse_if(f"not bits & {bit(spec.seal)}")
        self._begin()
        for element in self._elements:
            with source.block(f"if bits & {bit(element.number)}:"):
                at = self._element(element, "at")
                if at != "at":
                    source.line(f"at = {at}")
        self._join(frozenset())

    def _begin(self) -> None:
        self._source.line(f"out = {{{MTI!r}: {self._message.type!r}}}")

    def _join(self, there: frozenset[int]) -> None:
        """`there`: elements that need not be asked for."""
        for name, row in self._message.joined.items():
            asked = [f"out[{e.name!r}]" if e.number in there else f"out.get({e.name!r})" for e in row]
            cells = [self._unstripped.get(e.number) or f"out[{e.name!r}].ljust({size_of(e)})" for e in row]
            self._source.line(f"if {' and '.join(asked)}: out[{name!r}] = {' + '.join(cells)}")

    # Runs

    def _runs(self, elements: list[Element], at: str) -> None:
        """`at` is kept as a constant while it is one."""
        run: list[Piece] = []
        for element in elements:
            piece = piece_of(element)
            if piece is not None:
                run.append(piece)
                if not piece.opens:
                    continue
            at, run = self._run(run, at), []
            at = self._element(element, at, counted=piece is not None)
        at = self._run(run, at)
        if at != "at":
            self._source.line(f"at = {at}")

    def _run(self, run: list[Piece], at: str) -> str:
        if not run:
            return at
        match = self._source.value("match", compiled(run).match)
        self._source.line(f"m = {match}(text, {at})")
        self._source.refuse_if("m is None")
        self._source.line(f"{', '.join(piece.name for piece in run)}, = m.groups()")
        for piece in run:
            self._take(piece)
        return plus(at, sum(piece.size for piece in run))

    def _take(self, piece: Piece) -> None:
        if piece.opens:
            assert piece.element.prefix is not None
            lengths = self._source.lengths(piece.element.prefix.digits)
            self._source.line(f"count = {lengths}[{piece.name}]")
            return
        self._unstripped[piece.element.number] = piece.name
        value = f"{piece.name}.rstrip(' ')" if piece.padded else piece.name
        self._source.line(f"out[{piece.element.name!r}] = {value}")

    # Elements

    def _element(self, element: Element, at: str, *, counted: bool = False) -> str:
        """The lines that read one element; gives the place behind it. `counted`: its prefix is read already,
        and `at` is behind it."""
        begin, end = self._extent(element, at, counted=counted)
        content = element.content
        plain = element.prefix is None or element.prefix.coding == "ascii"
        if isinstance(content, Tags) and lowers_tags(content) and plain:
            read_tags(self._source, element, content, begin, end)
        elif plain and reads_value(content):
            self._value(element, begin, end)
        else:
            self._slowly(element, begin, end)
        return end

    def _extent(self, element: Element, at: str, *, counted: bool) -> tuple[str, str]:
        prefix = element.prefix
        if prefix is None:
            return at, plus(at, element.content.size)  # type: ignore[union-attr]
        begin = at if counted else plus(at, prefix.size)
        if not counted:
            self._source.line(f"count = {self._count(prefix, at, begin)}")
        if element.most < prefix.limit:
            self._source.refuse_if(f"count > {element.most}")
        size = "count" if element.unit == 1 else f"(count + {element.unit - 1}) // {element.unit}"
        self._source.lines(f"begin = {begin}", f"at = begin + {size}")
        return "begin", "at"

    def _count(self, prefix: Prefix, at: str, begin: str) -> str:
        if prefix.coding == "ascii" and prefix.digits in LENGTHS:
            return f"{self._source.lengths(prefix.digits)}[text[{at}:{begin}]]"
        return f"{self._source.value('count_of', prefix.read)}(body[{at}:{begin}])"

    def _value(self, element: Element, begin: str, end: str) -> None:
        read_value(self._source, element.content, f"text[{begin}:{end}]", f"body[{begin}:{end}]")  # type: ignore[arg-type]
        if element.values:
            self._source.refuse_if(f"v not in {element.values!r}")
        self._source.line(f"out[{element.name!r}] = v")

    def _slowly(self, element: Element, begin: str, end: str) -> None:
        slowly, named = (
            self._source.value("read_slowly", read_slowly),
            self._source.value(element.name, element),
        )
        count = "count" if element.prefix is not None else f"{end} - ({begin})"
        self._source.refuse_if(f"{end} > end")
        self._source.line(f"{slowly}({named}, body, {begin}, {end}, {count}, out)")
