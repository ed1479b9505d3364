"""`ecif spec`."""

from collections.abc import Callable


def test_one_system(ecif: Callable[..., object]) -> None:
    ran = ecif("spec", "core")
    assert ran.code == 0
    assert ran.lines[0] == "# core: Core banking"
    assert "# loan" not in ran.lines


def test_all_systems_as_html(ecif: Callable[..., object]) -> None:
    ran = ecif("spec", "--format", "html")
    assert ran.code == 0
    assert ran.out.count(b"<h1>") >= 3
    assert ran.out.endswith(b"</html>\n")


def test_a_system_that_is_not_there(ecif: Callable[..., object]) -> None:
    ran = ecif("spec", "nobody")
    assert ran.code == 2
    assert "There is no system nobody" in ran.text
