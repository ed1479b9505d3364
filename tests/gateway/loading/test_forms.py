import pytest

from gateway.loading.forms import Files, Shape, UnknownForm
from tests.gateway.loading.files import CODECS, TREE, body, fixed, framed, rdw, table

CORE = Files(TREE.systems["core"].framing, CODECS["core"], "CU01")
EMPTY = 312
"""Bytes of a CU01 without accounts; 4,569 with all 99."""
BODIES = [body(number) for number in range(3)]


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda path: framed(path, BODIES), Shape("framed")),
        (lambda path: rdw(path, BODIES), Shape("rdw")),
        (lambda path: rdw(path, [b"", *BODIES, b"?"]), Shape("rdw")),
        (lambda path: fixed(path, BODIES, 4569), Shape("fixed", 4569)),
        (lambda path: fixed(path, [body(1, ACCT=[])] * 2, EMPTY), Shape("fixed", EMPTY)),
        (lambda path: table(path, ["CUST-NO"], [["1"]]), Shape("csv")),
    ],
)
def test_the_form_is_seen(tmp_path, make, shape):
    assert CORE.shape(make(tmp_path / "records"), None, 0) == shape


def test_an_empty_file_is_no_fault(tmp_path):
    (tmp_path / "a.csv").touch()
    assert CORE.shape(tmp_path / "a.csv", None, 0) == Shape("framed")


def test_what_nothing_fits_is_told(tmp_path):
    (tmp_path / "a").write_bytes(b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises(UnknownForm, match="--records"):
        CORE.shape(tmp_path / "a", None, 0)


def test_as_told(tmp_path):
    path = rdw(tmp_path / "a", BODIES)
    assert CORE.shape(path, "lines", 0) == Shape("lines")
    assert CORE.shape(path, "fixed", 400) == Shape("fixed", 400)
    ebank = Files(TREE.systems["ebank"].framing, CODECS["ebank"], "0x20")
    with pytest.raises(UnknownForm, match="--length"):
        ebank.shape(path, "fixed", 0)
