"""The cache of projections; what each system writes is in dialects/."""

from adapters.dialect import SystemDialect
from adapters.projection import CACHED


def test_asking_again_costs_a_look_up(core: SystemDialect) -> None:
    before = core.written.cache_info().hits
    for _ in range(3):
        core.written("name", "一个很少见的名字")
    assert core.written.cache_info().hits >= before + 2


def test_the_cache_is_bounded(core: SystemDialect) -> None:
    assert core.written.cache_info().maxsize == CACHED


def test_what_is_written_is_written_as_itself(core: SystemDialect, loan: SystemDialect) -> None:
    """Else an echo would look like a change."""
    for dialect in (core, loan):
        for text in ("A" * 100, "试A" * 40, "𠮷喆" * 30, "·" * 80, " 李 ", "〓"):
            once = dialect.written("name", text)
            assert once is not None
            assert dialect.written("name", once) == once
