"""Records whose rows cannot be read: taken out of what is due, so that they hold nobody else up.

What stands in a row can be damaged by a disk, a hand, a tool. A message about such a customer is set aside
like any other that makes the service raise. But a *due* record is met by every look at what is due, and by
every batch that takes pushes along: one damaged row would stop all. `ecif verify` names them; `ecif resync`
puts them back once they are repaired.
"""

from collections.abc import Collection

from sqlalchemy import bindparam, update

from ecif.model import Key
from ecif.store.schema import sync_state
from ecif.store.store import Store

UNREADABLE = "unreadable"
_PARK = (
    update(sync_state)
    .where(
        sync_state.c.system == bindparam("b_system"), sync_state.c.customer_no == bindparam("b_customer_no")
    )
    .values(next_attempt=None, last_error=UNREADABLE, rev=sync_state.c.rev + 1)
)


def park(store: Store, keys: Collection[Key]) -> None:
    with store.changing() as connection:
        connection.execute(_PARK, [{"b_system": system, "b_customer_no": number} for system, number in keys])
