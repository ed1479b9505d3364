import json

from ecif.messages import Reply
from gateway.loading.tally import Aside, Tally


def test_rates_of_parts(monkeypatch):
    tally = Tally()
    for records, seconds in ((100, 1.0), (200, 2.0), (900, 9.0), (1000, 14.0)):
        tally.records = records
        monkeypatch.setattr(Tally, "seconds", seconds)
        tally.mark()
    assert (tally.rate_of(0.0, 0.1), tally.rate_of(0.9, 1.0)) == (100.0, 20.0)
    assert tally.rate_of(0.0, 0.15) == 100.0


def test_nothing_has_no_rate():
    assert Tally().rate_of(0.0, 0.1) == 0.0


def test_every_reply_is_counted_once():
    tally = Tally()
    told = [(f"000{n}", False) for n in range(4)] + [("0000", True), ("1001", True)]
    good = [tally.took(Reply(code), repeated=repeated) for code, repeated in told]
    assert good == [True] * 5 + [False]
    assert (tally.loaded, tally.repeated, tally.codes["0003"], dict(tally.refused)) == (3, 1, 1, {"1001": 1})
    assert not tally.good


def test_no_file_without_a_bad_record(tmp_path):
    with Aside(tmp_path / "a" / "bad.jsonl") as aside:
        pass
    assert not list(tmp_path.iterdir())
    with Aside(tmp_path / "a" / "bad.jsonl") as aside:
        aside.put({"at": 1})
    assert json.loads(aside.path.read_text("utf-8")) == {"at": 1}
