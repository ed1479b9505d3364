"""Hubs with one promise broken each. `test_mutants.py` must find every one out, or its kit tests nothing.

Run as `ecif serve` is: python mutants.py NAME --conf DIR
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from ecif import journal, pushing
from ecif.reconcile.push import on_confirm


def forgets_duplicates() -> None:
    """Every message is a new one."""
    journal.earlier = lambda unit, command: (None, False)


def delivered_on_write() -> None:
    """What was sent counts as confirmed."""
    real = pushing.on_sent

    def on_sent(record: Any, flying: Any, since: Any) -> Any:
        sent = real(record, flying, since)
        return on_confirm(sent, flying.id, flying.sent)

    pushing.on_sent = on_sent


def drops_retries() -> None:
    """What got no answer is not sent again."""
    pushing._repeat = lambda work, record, dialect, bodies: None


MUTANTS: Final[Mapping[str, Callable[[], None]]] = {
    "forgets-duplicates": forgets_duplicates,
    "delivered-on-write": delivered_on_write,
    "drops-retries": drops_retries,
}

if __name__ == "__main__":
    MUTANTS[sys.argv[1]]()
    from gateway.cli.main import main

    main(["serve", *sys.argv[2:]])
