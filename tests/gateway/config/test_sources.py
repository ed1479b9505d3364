"""Values from the environment and from files, and that they are never shown."""

from pathlib import Path

from gateway.config.sources import Sourced, converted, fill


def test_environment_and_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n", "utf-8")
    data = {"a": "${NAME}", "b": ["x-${NAME}-y", 1], "c": {"d": "${file:secret}"}, "e": "plain"}
    filled, faults = fill(data, tmp_path, {"NAME": "value"})
    assert filled == {"a": "value", "b": ["x-value-y", 1], "c": {"d": "s3cret"}, "e": "plain"}
    assert faults == []
    assert isinstance(filled["c"]["d"], Sourced)
    assert not isinstance(filled["e"], Sourced)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    data = {"a": "${GONE}", "b": {"c": "${file:gone}"}, "d": "${no name}", "e": "${file:binary}"}
    _, faults = fill(data, tmp_path, {})
    assert [path for path, _ in faults] == [("a",), ("b", "c"), ("d",), ("e",)]
    assert "GONE" in faults[0][1]
    assert "gone" in faults[1][1]


def test_repr_hides_the_value() -> None:
    assert "s3cret" not in repr({"key": Sourced("s3cret")})


def test_converted_to_the_type_that_is_wanted() -> None:
    assert converted(Sourced("64"), "int_type") == 64
    assert converted(Sourced("0.5"), "float_type") == 0.5
    assert converted(Sourced("TRUE"), "bool_type") is True
    assert converted(Sourced("many"), "int_type") == "many"
    assert converted(Sourced("64"), "string_type") == "64"
