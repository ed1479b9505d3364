import linecache
import traceback

from formats.lowering.source import Source


def made(text: str) -> Source:
    source = Source()
    source._lines.append(text)
    return source


def test_the_same_source_is_kept_once() -> None:
    """A hub reads its conf again at every reload."""
    first = made("def f(): return 1 / 0").compile("f", "x")
    kept = len(linecache.cache)
    again = made("def f(): return 1 / 0").compile("f", "x")
    other = made("def f(): return 2").compile("f", "x")
    assert (again.source, other.function()) == (first.source, 2)
    assert len(linecache.cache) == kept + 1


def test_its_lines_are_in_a_traceback() -> None:
    try:
        made("def f(): return 1 / 0").compile("f", "x").function()
    except ZeroDivisionError:
        assert "return 1 / 0" in traceback.format_exc()
