"""Answers for the contract's readers, of customers that nobody is."""

from datetime import UTC, datetime

from ocrm_api.parties.schema import (
    Decided,
    GoldenValue,
    Held,
    Hit,
    Hits,
    Holdings,
    Losing,
    Member,
    PartyAnswer,
    PartySummary,
    Related,
    Sync,
    SyncStates,
    Total,
    Values,
)

_NO = "100000000001"
_SINCE = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)

PARTY = PartyAnswer(
    ecif_no=_NO,
    version=7,
    kind="person",
    merged=["100000000042"],
    values={
        "name": GoldenValue("张三", _SINCE, "core", "0000000017", "trust"),
        "document:resident_id": GoldenValue(
            ["**************002X", "20380101"], _SINCE, "teller", _NO, "verified"
        ),
        "phone:mobile": GoldenValue("139****5678", _SINCE, "ebank", "E1007", "latest"),
        "risk": GoldenValue("R3", _SINCE, "", "", "pin"),
    },
    relations=[Related("loan", "L0000009", "spouse", "李四", "resident_id", "**************1512")],
    members=[Member("core", "0000000017"), Member("ebank", "E1007"), Member("loan", "L0000009")],
)
HITS = Hits(
    items=[
        Hit(
            PartySummary(_NO, 7, "person", {"name": "张三", "branch": "0101", "phone:mobile": "139****5678"}),
            1.0,
            "name",
        )
    ],
    next="gY3mF0c2…",
    index="complete",
)
_ACCOUNT = Held(
    system="core",
    customer_no="0000000017",
    kind="deposit",
    number="************8123",
    product="savings",
    currency="CNY",
    amount="12000.50",
    opened="20200101",
    status="active",
)
HOLDINGS = Holdings(
    items=[_ACCOUNT],
    totals=[Total("deposit", "CNY", "12000.50", 1)],
)
SYNC = SyncStates(
    [
        Sync("core", "0000000017", _NO, "in step", 12, _NO, 0, None, None, ""),
        Sync("ebank", "E1007", _NO, "in flight", 3, _NO, 1, _SINCE, _SINCE, ""),
    ]
)
VALUES = Values(
    [
        Decided(
            attribute="phone:mobile",
            value="139****5678",
            since=_SINCE,
            system="ebank",
            customer_no="E1007",
            rule="latest",
            faults=[],
            others=[Losing("138****0000", _SINCE, "core", "0000000017", "sound", ["placeholder"])],
            pinned_by="",
            pinned_because="",
        )
    ]
)
