"""Many rows at once: the same comes back, whichever way the database takes them."""

import pytest
from sqlalchemy import LargeBinary, func, insert, select, text

from ecif.store import schema as t
from ecif.store.bulk import COPIED, Bulk
from ecif.store.engine import WRITING, connect_engine
from ecif.store.errors import Collided, StoreUnreachable
from ecif.store.store import translated
from tests.databases import EVERY, POSTGRESQL, fresh

ADD_BODY, ADD_PARTY = insert(t.message_body), insert(t.party)
AWKWARD = ["张三", "a\tb", "a\nb", "a\r\nb", "\\", "\\N", "\\.", "%s", "'; --", '"', " a ", "𠮷"]


@pytest.fixture
def engine(tmp_path, request):
    engine = connect_engine(fresh(request.param, tmp_path)).execution_options(**{WRITING: True})
    yield engine
    engine.dispose()


def parties(count):
    texts = (AWKWARD[n % len(AWKWARD)] for n in range(count))
    return [
        {
            "ecif_no": f"{n:012}",
            "version": n,
            "merged_into": None,
            "head": f"{n:012}",
            "detail": detail,
            "rev": 0,
        }
        for n, detail in enumerate(texts)
    ]


@pytest.mark.parametrize("engine", EVERY, indirect=True)
@pytest.mark.parametrize("count", [1, COPIED - 1, COPIED, 3 * COPIED])
def test_every_row_comes_back_as_it_was(engine, count):
    rows = parties(count)
    bodies = [{"id": n, "body": bytes([n % 256, 0, 9, 10, 92]), "stored_at": n} for n in range(count)]
    bulk = Bulk()
    with engine.begin() as connection:
        bulk.many(connection, ADD_PARTY, rows)
        bulk.many(connection, ADD_BODY, bodies)
    with engine.connect() as connection:
        columns = [t.party.c[name] for name in rows[0]]
        found = connection.execute(select(*columns).order_by(t.party.c.ecif_no)).all()
        assert [dict(row._mapping) for row in found] == rows
        found = connection.execute(select(t.message_body.c.body).order_by(t.message_body.c.id)).all()
        assert isinstance(t.message_body.c.body.type, LargeBinary)
        assert [bytes(row[0]) for row in found] == [body["body"] for body in bodies]


@pytest.mark.parametrize("engine", EVERY, indirect=True)
def test_one_that_is_there_already_is_told_without_its_values(engine):
    rows = parties(2 * COPIED)
    bulk = Bulk()
    with engine.begin() as connection:
        bulk.many(connection, ADD_PARTY, rows[-1:])
    with pytest.raises(Collided) as raised, translated(), engine.begin() as connection:
        bulk.many(connection, ADD_PARTY, rows)
    assert "000000" not in str(raised.value)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(t.party)).scalar_one() == 1


@pytest.mark.parametrize("engine", [POSTGRESQL], indirect=True)
def test_a_connection_that_is_gone_is_not_lent_again(engine):
    bulk, rows = Bulk(), parties(2 * COPIED)
    with engine.connect() as connection:
        ours = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with engine.begin() as other:
            other.execute(text("SELECT pg_terminate_backend(:ours)"), {"ours": ours})
        with pytest.raises(StoreUnreachable), translated():
            bulk.many(connection, ADD_PARTY, rows)
    with engine.begin() as connection:
        bulk.many(connection, ADD_PARTY, rows)
