"""Row scope: which customers somebody sees.

Those of a branch and of all branches under it, by the golden attribute `branch`; and one's own, by the
golden attribute `manager`. What is out of scope is answered as if it were not there (404, never 403), is
not listed and not counted: `within` is the condition for every statement that finds parties.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, or_, true

from ecif.model import Golden
from ecif.store.schema import party

_IN_LIST = 1_000
"""Oracle takes no longer ones."""


@dataclass(frozen=True, slots=True)
class Scope:
    branches: frozenset[str] | None = None
    """None: the whole bank."""
    manager: str | None = None
    """What the golden attribute `manager` calls its own customers."""

    @property
    def whole(self) -> bool:
        return self.branches is None

    def sees(self, golden: Golden) -> bool:
        values = golden.values
        branch, manager = values.get("branch"), values.get("manager")
        return self.covers(str(branch.value) if branch else None, str(manager.value) if manager else None)

    def covers(self, branch: str | None, manager: str | None) -> bool:
        """By the two golden values, where they were read alone."""
        if self.branches is None:
            return True
        return branch in self.branches or (manager is not None and manager == self.manager)


WHOLE = Scope()


def within(scope: Scope, parties: FromClause = party) -> ColumnElement[bool]:
    """The rows of `party` (or an alias of it) that are in scope. True for the whole bank."""
    if scope.branches is None:
        return true()
    codes = sorted(scope.branches)
    parts = [parties.c.branch.in_(codes[at : at + _IN_LIST]) for at in range(0, len(codes), _IN_LIST)]
    return or_(parties.c.manager == scope.manager, *parts)


def branch_tree(parents: Mapping[str, str | None], code: str) -> frozenset[str]:
    """A branch and all under it. One that conf does not know stands alone."""
    found = {code}
    below = _below(parents)
    waiting = [code]
    while waiting:
        for child in below.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return frozenset(found)


def _below(parents: Mapping[str, str | None]) -> Mapping[str, Iterable[str]]:
    below: dict[str, list[str]] = {}
    for code, parent in parents.items():
        if parent is not None:
            below.setdefault(parent, []).append(code)
    return below
