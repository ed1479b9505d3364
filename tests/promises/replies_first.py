"""The mutant: a hub that replies before it commits. The crash test must find it out, or it tests nothing.

Run as `ecif serve` is: python replies_first.py --conf DIR
"""

import functools
import sys

import trio

from ecif.messages import PushReply, Reply
from gateway import bootstrap
from gateway.intake.intake import Entry, Intake
from gateway.intake.writer import Turn


class RepliesFirst(Intake):
    """Tells everybody what they hope for; what the commit brings comes too late."""

    async def settle(self, batch: list[Entry], turn: Turn) -> None:
        for entry in batch:
            quiet = isinstance(entry.command, PushReply)
            self.answer(entry, Reply("") if quiet else Reply("0000", ecif_no="100000000001", version=1))
        await trio.sleep(0.1)  # a slow disk: the mutant shall be found soon
        await self.committing.commit([entry.command for entry in batch], turn)


if __name__ == "__main__":
    bootstrap.build_hub = functools.partial(bootstrap.build_hub, intake_class=RepliesFirst)
    from gateway.cli.main import main  # only now: it may take the name above along

    main(["serve", *sys.argv[1:]])
