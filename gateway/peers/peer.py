"""One bank system, played: it keeps its books, sends what its clerks do, takes what it is pushed.

Everything that makes it this system and not another (lines, framing, layouts, fields, codes) is read from the
same conf the hub reads. What it does with a customer is its own (`books`, `forms`) and shares nothing with
the hub: so the two can be compared afterwards.

    steps.submit → scheduled: one customer number one step at a time → letter → post → answer judged
    frame        → reply: settles its request; push: into the books, answered, perhaps echoed
"""

from contextlib import suppress
from dataclasses import dataclass
from random import Random

import trio

from formats.errors import FormatError
from gateway.peers.books import Books, Record
from gateway.peers.breakage import Breakage
from gateway.peers.letters import POSITIVE, Answer, Letter
from gateway.peers.mishaps import ON_ONE_LINE, Mishaps
from gateway.peers.opening import Opened
from gateway.peers.population import Step
from gateway.peers.post import Lines, LongPost, Post, ShortPost, ask
from gateway.peers.profiles import profile_of
from gateway.peers.steps import Steps
from gateway.peers.tally import Copies, Tally
from gateway.peers.turns import TurnLine
from gateway.peers.wire import LOST, DialledLines, Line, LongLines, listen

REPLY_SECONDS = 5
HEARTBEAT_SECONDS = 20


@dataclass(frozen=True)
class Temper:
    """How a peer is run."""

    seed: int = 1
    lines: int = 4
    in_flight: int = 32
    mishaps: bool = True
    echoes: bool = True


class Peer:
    def __init__(self, opened: Opened, temper: Temper) -> None:
        self.system, self.tally = opened.system, Tally()
        self.books = Books(opened.form)
        self._opened, self._temper = opened, temper
        self._form, self._letters = opened.form, opened.letters
        self._breakage = Breakage(opened.form, opened.letters, opened.codec, has_seal=opened.has_seal)
        self._rng = Random(f"{temper.seed}/{opened.system}")
        self._mishaps = _mishaps(self._rng, one_line=opened.kept) if temper.mishaps else Mishaps(self._rng, 0)
        self.steps = Steps(self._do, temper.in_flight)
        self._copies = Copies(self.tally)
        self._confirmed: set[str] = set()
        self._lines: LongLines | None = None
        self._dialled: DialledLines | None = None
        self._long: LongPost | None = None

    def __repr__(self) -> str:
        return f"<Peer {self.system} {self.steps.open} open {self.tally.numbers()}>"

    # --- lines --------------------------------------------------------------------------------------------

    async def run(self, *, task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled. Reports the port it listens on, 0 where it is not dialled."""
        async with trio.open_nursery() as self._nursery:
            self._post = self._open_post()
            await self._nursery.start(self.steps.run)
            port = 0
            if self._opened.listen is not None:
                if self._dialled is not None:
                    port = await self._nursery.start(self._dialled.run, self._opened.listen)
                else:
                    port = await self._nursery.start(
                        listen, self._opened.listen, self._opened.framing, self._arrived
                    )
            if self._lines is not None:
                self._nursery.start_soon(self._lines.run)
                self._nursery.start_soon(self._keep_alive)
            task_status.started(port)
            await trio.sleep_forever()

    def _open_post(self) -> Post:
        opened = self._opened
        if opened.kept:
            self._dialled = DialledLines(
                self._dialled_line, arrived=self._arrived, gone=self._gone, greeted=self._letters.is_greeted
            )
            self._long = self._long_post(self._dialled)
            return self._long
        if opened.door is None:
            return _NoPost()
        if opened.style == "short":
            return ShortPost(
                opened.door, opened.framing, self._read_answer, self._mishaps, seconds=REPLY_SECONDS
            )
        count = min(self._temper.lines, opened.most_lines)
        self._lines = LongLines(
            opened.door, opened.framing, count, sign_on=self._sign_on, arrived=self._arrived, gone=self._gone
        )
        self._long = self._long_post(self._lines)
        return self._long

    def _long_post(self, lines: Lines) -> LongPost:
        at_once = 1 if self._opened.turns else self._temper.in_flight
        return LongPost(lines, self._mishaps, seconds=REPLY_SECONDS, at_once=at_once)

    def _dialled_line(self, stream: trio.abc.Stream) -> Line:
        framing = self._opened.framing
        return TurnLine(stream, framing, self._mishaps) if self._opened.turns else Line(stream, framing)

    async def _sign_on(self, line: Line) -> bool:
        letter = self._letters.sign_on()
        if letter is None or self._long is None:
            return True
        answer = await self._long.exchange_on(line, letter, self._letters.bytes_of(letter))
        return answer is not None and answer.code == "0000"

    def _gone(self, line: Line) -> None:
        if self._long is not None:
            self._long.line_gone(line)

    async def _keep_alive(self) -> None:
        while self._lines is not None:
            await trio.sleep(1)
            for line in self._lines.idle(HEARTBEAT_SECONDS):
                if (letter := self._letters.heartbeat()) is not None:
                    await self._say(line, letter)

    async def _say(self, line: Line, letter: Letter) -> None:
        with suppress(*LOST):
            await line.send(self._letters.bytes_of(letter))

    # --- what arrives -------------------------------------------------------------------------------------

    def _read_answer(self, body: bytes) -> Answer | None:
        try:
            role, type, fields = self._letters.read(body)
        except FormatError as error:
            answer = self._letters.answer_of_no_type(error)
            if answer is None:
                self.tally.problem(f"cannot read a reply: {error}")
            return answer
        return self._letters.answer(type, fields) if role in ("reply", "answer") else None

    async def _arrived(self, line: Line, body: bytes) -> None:
        try:
            role, type, fields = self._letters.read(body)
        except FormatError as error:
            await self._unread(line, error, body)
            return
        if role in ("reply", "answer"):
            answer = self._letters.answer(type, fields)
            if self._long is None or not self._long.settle(answer):
                self.tally.touch()  # the reply to a request sent twice comes twice
        elif role == "push":
            await self._pushed(line, type, fields)
        elif role == "heartbeat":
            await self._say(line, self._letters.heartbeat_reply(type, fields))
            if self._dialled is not None and self._letters.greets(type, fields):
                self._dialled.open(line)

    async def _unread(self, line: Line, error: FormatError, body: bytes) -> None:
        self.tally.problem(f"cannot read: {error}")
        with suppress(FormatError):  # an id that cannot be written back: nobody could match the answer
            if (refusal := self._letters.push_refusal(error, body)) is not None:
                await self._say(line, refusal)

    async def _pushed(self, line: Line, type: str, fields: dict[str, object]) -> None:
        push_id = self._letters.message_id(fields)
        self._copies.came(push_id, flagged=self._letters.flagged(type, fields))
        mishap = self._mishaps.on_push()
        ecif_no, version = self._letters.push_parts(type, fields)
        if self._form.has_unknown_kind(fields):
            self.tally.problem("a push has a code that is in no table")
            await self._say(line, self._letters.push_reply(type, fields, "1003", ecif_no, version))
            return
        if mishap == "busy" and not self.books.knows(push_id):
            await self._say(line, self._letters.push_reply(type, fields, "9001", ecif_no, version))
            return
        taken = self.books.take_push(push_id, ecif_no, version, fields)
        if mishap == "hang_up":
            await line.drop()
        elif mishap != "silent":
            reply = self._letters.push_reply(type, fields, taken.code, ecif_no, taken.version)
            await self._say(line, reply)
            self._count_reply(push_id, taken.code)
        if taken.new and taken.code == "0000":
            self._perhaps_echo(fields)

    def _count_reply(self, push_id: str, code: str) -> None:
        if code == "0000" and push_id not in self._confirmed:
            self._confirmed.add(push_id)
            self.tally.confirmed += 1
        elif code not in POSITIVE:
            self.tally.problem(f"a push was for a customer number that is not known here: {code}")

    def _perhaps_echo(self, fields: dict[str, object]) -> None:
        if self._temper.echoes and self._rng.random() < profile_of(self.system).echoes:
            number = self.books.number_now(str(fields[self._form.number]))
            self._nursery.start_soon(self.steps.submit, Step("image", number, -1))

    # --- what the clerks do -------------------------------------------------------------------------------

    async def _do(self, step: Step) -> None:
        record = self.books.records.get(step.customer_no)
        if step.kind == "image":
            if record is not None or step.true_id >= 0:  # an echo of a number that is gone is left out
                await self._image(step)
        elif record is not None and record.sent is not None:
            await _DOINGS[step.kind](self, step, record)
        self.tally.touch()

    async def _image(self, step: Step) -> None:
        letter = self._letters.customer(self.books.image(step))
        answer = await self._ask(letter)
        if self._expect(step, answer, "0000", "0001", "0002") and answer is not None:
            self.books.answered(step.customer_no, letter, answer)

    async def _resend(self, step: Step, record: Record) -> None:
        assert record.sent is not None
        answer = await self._ask(record.sent, again=True)
        if answer != record.answered:
            self.tally.problem("a resend got another reply than the first copy")
        self._expect(step, answer, *POSITIVE)

    async def _stale(self, step: Step, record: Record) -> None:
        letter = self._letters.customer(self.books.written(record, record.seq))
        if self._form.by_hub:
            letter = self._letters.outdated(letter)
        self._expect(step, await self._ask(letter), "0003")

    async def _broken(self, step: Step, record: Record) -> None:
        assert record.sent is not None
        image = self.books.written(record, record.seq + 1)
        letter, code = self._breakage.broken(step.fault, image, record.sent)
        answer = await self._ask(letter)
        if step.fault == "reused_id" and answer == record.answered:  # late, to a copy of the former one
            answer = await self._ask(letter, again=True)
        if answer is not None and answer.code == code:
            self.tally.refused += 1
        else:
            self.tally.problem(f"{step.fault} got {answer and answer.code}, not {code}")

    async def _renumber(self, step: Step, record: Record) -> None:
        if "renumber" not in self._letters.roles:
            return
        seq = self.books.renumber(step.customer_no, step.other_no)
        letter = self._letters.renumber(step.customer_no, step.other_no, seq)
        assert letter is not None
        self._expect(step, await self._ask(letter), "0000", "0001")

    async def _identify(self, step: Step, record: Record) -> None:
        identity = self._form.identity(record.page)
        letter = self._letters.identify(identity) if identity else None
        if letter is not None:
            self._expect(step, await self._ask(letter), "0000", "2001")

    async def _query(self, step: Step, record: Record) -> None:
        number = record.ecif_no if self._form.by_hub else record.customer_no
        if (letter := self._letters.query(number)) is not None:
            self._expect(step, await self._ask(letter), "0000")

    async def _verify(self, step: Step, record: Record) -> None:
        identity = self._form.identity(record.page)
        letter = self._letters.verify(record.ecif_no, identity) if identity else None
        if letter is not None:
            self._expect(step, await self._ask(letter), "0000", "0001")

    async def _ask(self, letter: Letter, *, again: bool = False) -> Answer | None:
        self.tally.sent += 1
        return await ask(self._post, self._letters, letter, self.tally, again=again)

    def _expect(self, step: Step, answer: Answer | None, *codes: str) -> bool:
        if answer is not None and answer.code in codes:
            self.tally.acknowledged += 1
            return True
        said = f"{answer.code} {answer.text}" if answer else "no answer"
        self.tally.problem(f"{step.kind} got {said}, not {' or '.join(codes)}")
        return False


def _mishaps(rng: Random, *, one_line: bool) -> Mishaps:
    return Mishaps(rng, left=dict(ON_ONE_LINE)) if one_line else Mishaps(rng)


_DOINGS = {
    "resend": Peer._resend,
    "stale": Peer._stale,
    "broken": Peer._broken,
    "renumber": Peer._renumber,
    "identify": Peer._identify,
    "query": Peer._query,
    "verify": Peer._verify,
}


class _NoPost:
    """A system that only takes pushes."""

    async def exchange(self, letter: Letter, body: bytes) -> Answer | None:
        return None
