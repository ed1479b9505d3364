"""What the API and the command line are shown."""

from ecif import views
from ecif.setting import SECOND
from tests.ecif.bank import NOW, ZHANG_ID

SLOT = {"document": ("resident_id", ZHANG_ID, None), "named": {"document": "resident_id"}}
BY = {"actor": "steward", "reason": "looked"}


def test_a_party_with_lineage_and_members(bank):
    first = bank.one(bank.person("core", "1", **SLOT)).ecif_no
    second = bank.one(bank.person("ebank", "9", name="李四", risk="R2")).ecif_no
    bank.service.merge(first, second, **BY, now=bank.now)
    bank.service.pin(second, "risk", "R4", **BY, now=bank.now)
    shown = views.party(bank.store, second)
    assert (shown.asked, shown.ecif_no, shown.version, shown.merged) == (second, first, 3, (second,))
    assert shown.golden.values["name"].system == "core"
    assert shown.golden.values["risk"].rule == "pin"
    assert [(m.system, m.customer_no, m.given_no, m.pending) for m in shown.members] == [
        ("core", "1", first, True),
        ("ebank", "9", second, True),
    ]
    assert [pin.value for pin in shown.pins["risk"]] == ["R4"]
    assert [event["version"] for event in views.events(bank.store, first)] == [3, 2, 1]
    assert views.events(bank.store, first)[0]["difference"] == {"risk": ["R2", "R4"]}


def test_nobody(bank):
    assert views.party(bank.store, "999999999999") is None
    assert views.party(bank.store, "") is None


def test_the_journal_as_the_contract_names_it(bank):
    reply = bank.one(bank.person("core", "1", id="M1"))
    bank.wait(60)
    bank.one(bank.unreadable("loan", "1001", "NAME@9 bad", id="L1"))
    bank.one(bank.sign_on("ebank", "ab"))
    rows = views.trace(bank.store)
    assert [row["system"] for row in rows] == ["ebank", "loan", "core"]
    assert rows[2] == {
        "at": "2023-11-14T22:13:20.000+00:00",
        "system": "core",
        "direction": "in",
        "type": "T",
        "id": "M1",
        "state": "applied",
        "code": "0000",
        "ecif_no": reply.ecif_no,
        "version": 1,
        "ms": 0,
    }
    assert [row["id"] for row in views.trace(bank.store, since=NOW + SECOND, system="loan")] == ["L1"]
    assert [row["id"] for row in views.trace(bank.store, state="refused")] == ["L1"]
    assert [row["id"] for row in views.trace(bank.store, ecif_no=reply.ecif_no)] == ["M1"]
    assert [row["id"] for row in views.trace(bank.store, message_id="M1")] == ["M1"]
    assert len(views.trace(bank.store, limit=1)) == 1


def test_counts_and_backlog(bank):
    bank.one(bank.person("core", "1", **SLOT))
    bank.one(bank.person("ebank", "9", name="李四", risk="R2", document__resident_id=(ZHANG_ID, None)))
    bank.service.set_aside(bank.person("loan", "1"), "KeyError", bank.now)
    counts = views.counts(bank.store)
    assert (counts.parties, counts.source_records) == (2, 2)
    assert (counts.review_tasks, counts.failed) == (1, {"loan": 1})
    backlog = views.backlog(bank.store, ["core", "loan"])
    assert (backlog["core"].pending, backlog["loan"].oldest) == (0, None)
