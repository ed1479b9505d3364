"""Free numbers in blocks: one row write for many, none given twice.

A block is taken inside the transaction that needs it and kept for later ones only after that commits; what is
left at a stop is never used. So numbers have gaps and no number ever returns.
"""

from collections.abc import Mapping

BLOCKS: Mapping[str, tuple[int, int]] = {
    "ecif": (100_000_000_001, 100),
    "message": (1, 1_000),
    "fact": (1, 1_000),
    "task": (1, 10),
    "decision": (1, 10),
}
"""Kind → (first number, block size)."""


class Block:
    """Numbers from `free` up to but not including `end`."""

    __slots__ = ("end", "free")

    def __init__(self, free: int, end: int) -> None:
        self.free, self.end = free, end

    def copy(self) -> "Block":
        return Block(self.free, self.end)
