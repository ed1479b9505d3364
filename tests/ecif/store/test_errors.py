"""What a database says is told in its own terms, and never with a value."""

from types import SimpleNamespace

import oracledb
import pytest
from sqlalchemy.exc import DBAPIError

from ecif.store.errors import Collided, Crossed, StoreFailed, StoreFull, StoreLocked
from ecif.store.store import translate

ORACLE = {
    1: Collided,
    54: StoreLocked,
    60: Crossed,
    257: StoreFull,
    942: StoreFailed,
    1653: StoreFull,
    8177: Crossed,
    30006: StoreLocked,
}


@pytest.mark.parametrize(("code", "expected"), ORACLE.items())
def test_oracle_s_errors(code, expected):
    kind = oracledb.IntegrityError if expected is Collided else oracledb.DatabaseError
    said = kind(SimpleNamespace(code=code, message="ORA: secret-name"))
    found = translate(DBAPIError.instance("SELECT", {}, said, oracledb.Error))
    assert type(found) is expected
    assert "secret" not in str(found)
