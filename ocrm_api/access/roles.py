"""Roles as conf declares them, resolved: what an account may do, whom it sees, what it sees clear."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from ocrm_api.access.conf import StaffConf
from ocrm_api.access.masking import FIELDS
from ocrm_api.access.permissions import EVERY, PERMISSIONS
from ocrm_api.access.scope import WHOLE, Scope, branch_tree


class Rights(NamedTuple):
    """What a role may, put together."""

    permissions: frozenset[str]
    clear: frozenset[str]
    export_rows: int


class Roles:
    def __init__(self, conf: StaffConf) -> None:
        self._conf = conf
        self._rights = {role: self._put_together(role) for role in conf.role}
        self._parents = {branch.code: branch.parent for branch in conf.branch}
        self.tree: Callable[[str], frozenset[str]] = cache(lambda code: branch_tree(self._parents, code))

    def __contains__(self, role: str) -> bool:
        return role in self._conf.role

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._conf.role)

    def title(self, role: str) -> str:
        return self._conf.role[role].title

    def rights(self, role: str) -> Rights:
        return self._rights.get(role, _NONE)

    def _put_together(self, role: str) -> Rights:
        return Rights(self.permissions(role), self.clear(role), self.export_rows(role))

    def permissions(self, role: str) -> frozenset[str]:
        """None for a role that conf does not know any more: nobody keeps rights by an edit of conf."""
        return _listed([one for name in self._with(role) for one in self._conf.role[name].permissions],
                       tuple(PERMISSIONS))  # fmt: skip

    def clear(self, role: str) -> frozenset[str]:
        """The masked fields it may see clear, where it states a reason."""
        return _listed([one for name in self._with(role) for one in self._conf.role[name].clear], FIELDS)

    def export_rows(self, role: str) -> int:
        return max((self._conf.role[name].export_rows for name in self._with(role)), default=0)

    def scope(self, branch: str | None, *, own_only: bool, manager: str) -> Scope:
        if own_only:
            return Scope(frozenset(), manager)
        return WHOLE if branch is None else Scope(self.tree(branch), manager)

    def _with(self, role: str) -> set[str]:
        """The role and all that it includes."""
        found: set[str] = set()
        waiting = [role]
        while waiting:
            name = waiting.pop()
            if name in self._conf.role and name not in found:
                found.add(name)
                waiting.extend(self._conf.role[name].includes)
        return found


_NONE = Rights(frozenset(), frozenset(), 0)


def _listed(names: list[str], every: tuple[str, ...]) -> frozenset[str]:
    return frozenset(every) if EVERY in names else frozenset(names)
