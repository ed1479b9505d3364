import io
from decimal import Decimal

import pytest

from formats.copybook.files import BrokenFile
from gateway.loading.columns import UnknownColumns, rows
from tests.gateway.loading.files import CODECS


def read(text, system="core", type="CU01"):
    return list(rows(io.StringIO(text, newline=""), CODECS[system], type))


def test_cells_become_values_of_their_kind():
    header = "CUST-NO,CUST-SEQ,CUST-BIRTH-OR-FOUNDED,ACCT(1).ACCT-NO,ACCT(1).ACCT-BALANCE,ACCT.2.ACCT-NO"
    first, second = read(f"{header}\n12,7,1990-01-31,6200,-10.50,\n13,8,*,,,6201\n")
    account = {"ACCT-NO": "6200", "ACCT-BALANCE": Decimal("-10.50")}
    assert first.at == 2
    assert first.fields == {
        "CUST-NO": "12", "CUST-SEQ": 7, "CUST-BIRTH-OR-FOUNDED": "19900131", "ACCT": [account],
    }  # fmt: skip
    assert second.fields == {
        "CUST-NO": "13",
        "CUST-SEQ": 8,
        "CUST-BIRTH-OR-FOUNDED": "*",
        "ACCT": [{"ACCT-NO": "6201"}],
    }


def test_codes_in_one_byte_are_numbers_and_names_may_hold_dots():
    (piece,) = read("number,kind,phones(1).use,phones(1).number\nEB1,1,2,010\n", "ebank", "0x20")
    assert piece.fields == {"number": "EB1", "kind": 1, "phones": [{"use": 2, "number": "010"}]}
    (piece,) = read("DE48.02,DE48.21(1).token\nZHANG,77\n", "card", "0302")
    assert piece.fields == {"DE48.02": "ZHANG", "DE48.21": [{"token": "77"}]}


def test_counts_are_passed_over_and_a_type_column_chooses():
    first, second = read("MSG-TYPE,CUST-NO,ACCT-COUNT\nCU01,1,3\nXX,2,0\n")
    assert (first.type, first.fields) == ("CU01", {"CUST-NO": "1"})
    assert (second.fault.place.label, second.fault.rule) == ("MSG-TYPE", "unknown type")


def test_a_bad_row_is_its_own_and_never_says_its_value():
    pieces = read('CUST-NO,CUST-SEQ\n1,secret\n2\n3,4\n"4\nx",5\n6,x\n')
    assert [piece.at for piece in pieces] == [2, 3, 4, 5, 7]
    assert [piece.fault and piece.fault.text() for piece in pieces] == [
        "CUST-SEQ@0 not a number", "row@0 has 1 cells, the header 2", None, None, "CUST-SEQ@0 not a number",
    ]  # fmt: skip


@pytest.mark.parametrize("header", ["CUST-NO,NAME", "CUST-NO,CUST-NO", "张三,ACCT(0).ACCT-NO", ""])
def test_a_header_that_does_not_fit_tells_the_fields_not_itself(header):
    with pytest.raises(UnknownColumns, match=r"CUST-NO, CUST-SEQ.*ACCT\(1\)\.ACCT-NO") as told:
        read(f"{header}\n1,2\n")
    assert "张三" not in str(told.value)


def test_what_is_no_csv_ends_there():
    with pytest.raises(BrokenFile, match="at byte 3: is no CSV"):
        read('CUST-NO\n1\n"2"x\n')
    stream = io.TextIOWrapper(io.BytesIO(b"CUST-NO\n\xff\n"), encoding="utf-8")
    with pytest.raises(BrokenFile, match="is not UTF-8"):
        list(rows(stream, CODECS["core"], "CU01"))
