"""A character U+0000 in a message: no database is asked to keep it, its sender is told where it stands."""

import pytest

from ecif.store.store import open_store
from gateway.bootstrap import build_service
from gateway.clock import wall_clock
from tests.databases import EVERY, fresh
from tests.gateway.operating import Operated, shipped

BROKEN = {
    "name": ({"CUST-NAME": "客户\x00x"}, "CUST-NAME"),
    "number": ({"CUST-NO": "C\x0012"}, "CUST-NO"),
    "id": ({"MSG-ID": "M\x0011"}, "MSG-ID"),
    "list": ({"ACCT": [{"ACCT-NO": "6\x002"}]}, "ACCT"),
}


@pytest.fixture(params=EVERY)
def hub(request, tmp_path):
    conf, dialects = shipped()
    hub = Operated.__new__(Operated)
    hub.conf, hub.dialects = conf, dialects
    hub.store = open_store(fresh(request.param, tmp_path), durable=False)
    hub.service = build_service(conf, hub.store, dialects)
    yield hub
    hub.store.close()


@pytest.mark.parametrize("where", BROKEN)
def test_it_is_refused_and_its_place_told(hub, where):
    fields, named = BROKEN[where]
    (reply,) = hub.take(hub.body(1, "客户", **fields))
    assert reply.code == "1001"
    assert named in reply.text
    assert "U+0000" in reply.text
    (reply,) = hub.take(hub.body(2, "客户"))
    assert reply.code == "0000"


def test_what_makes_no_sense_as_a_whole_is_refused_too(hub):
    body = bytes(len(hub.body(1, "客户")))
    (reply,) = hub.service.take_in([hub.dialects["core"].read(body, wall_clock())], wall_clock())
    assert reply.code[0] in "12"
