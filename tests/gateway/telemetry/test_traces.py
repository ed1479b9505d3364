"""Where an exception came from, without what it says."""

from gateway.telemetry.traces import safe_trace


def _fail() -> None:
    raise KeyError("张三")


def test_places_and_kinds_of_causes_and_groups() -> None:
    try:
        try:
            _fail()
        except KeyError as error:
            raise ExceptionGroup("secret", [ValueError("secret"), OSError("secret")]) from error
    except ExceptionGroup as group:
        text = safe_trace(group)
    assert "张三" not in text
    assert "secret" not in text
    assert "telemetry/test_traces.py" in text
    places = [text.index(kind) for kind in ("KeyError", "ExceptionGroup", "ValueError", "OSError")]
    assert places == sorted(places)
    assert "_fail" in text


def test_a_ring_of_causes_ends() -> None:
    one, other = ValueError(), KeyError()
    one.__cause__, other.__cause__ = other, one
    assert safe_trace(one).count("ValueError") == 1
