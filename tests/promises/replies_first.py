"""The mutant: a hub that replies before it commits. The crash test must find it out, or it tests nothing.

Run as `ecif serve` is: python replies_first.py --conf DIR
"""

import sys

from ecif.messages import PushReply, Reply
from gateway import bootstrap, process
from gateway.cli.main import main
from gateway.hub import Hub
from gateway.intake import Entry, Intake


class RepliesFirst(Intake):
    """Tells everybody what they hope for; what the commit brings comes too late."""

    async def settle(self, batch: list[Entry]) -> None:
        for entry in batch:
            quiet = isinstance(entry.command, PushReply)
            self.answer(entry, Reply("") if quiet else Reply("0000", ecif_no="100000000001", version=1))
        await self.commit(batch)


def build(conf: bootstrap.Conf) -> Hub:
    return bootstrap.build_hub(conf, intake_class=RepliesFirst)


if __name__ == "__main__":
    process.build_hub = build
    main(["serve", *sys.argv[1:]])
