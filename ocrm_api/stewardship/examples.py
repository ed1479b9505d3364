"""Questions, evidence and decisions for the contract's readers, of customers that nobody is."""

from datetime import UTC, datetime

from ocrm_api.parties.examples import VALUES
from ocrm_api.parties.schema import Member
from ocrm_api.stewardship.schema import (
    AskedMerge,
    AskedMove,
    AskedPair,
    AskedPin,
    AskedPreview,
    AskedSplit,
    Because,
    Compared,
    EvidenceAnswer,
    OutcomeAnswer,
    Question,
    Questions,
    Side,
    Weight,
)

_ONE, _OTHER = "100000000001", "100000000042"
_WHY = "same person: called her, 2026-11-20"

QUESTIONS = Questions(
    items=[
        Question(
            id=17,
            kind="score",
            state="open",
            ecif_no=_ONE,
            other=_OTHER,
            system="loan",
            customer_no="L0000009",
            rule="",
            score=7.3,
            opened_at=datetime(2026, 11, 20, 2, 0, tzinfo=UTC),
            closed_at=None,
            assignee="",
            decision=None,
            decision_state="",
        )
    ],
    next=None,
)
EVIDENCE = EvidenceAnswer(
    left=Side(_ONE, 7, VALUES.items, [Member("core", "0000000017")], 2),
    right=Side(_OTHER, 1, VALUES.items, [Member("loan", "L0000009")], 1),
    rows=[Compared("name", "张三", "张三", "same"), Compared("born", "1990****", None, "missing")],
    rule="",
    against=[],
    score=7.3,
    weights=[Weight("name", "exact", 8.1), Weight("born", "null", 0.0), Weight("phone", "else", -0.8)],
)
OUTCOME = OutcomeAnswer(31, "taken", _ONE, {_ONE: 8}, "")
BECAUSE = Because(reason=_WHY)
ASKED_MERGE = AskedMerge(survivor=_ONE, absorbed=_OTHER, reason=_WHY)
ASKED_SPLIT = AskedSplit(absorbed=_OTHER, reason=_WHY)
ASKED_MOVE = AskedMove(system="loan", customer_no="L0000009", ecif_no=_ONE, reason=_WHY)
ASKED_PAIR = AskedPair(one=_ONE, other=_OTHER, reason=_WHY)
ASKED_PIN = AskedPin(attribute="name", value="张三", reason=_WHY)
ASKED_PREVIEW = AskedPreview(kind="merge", survivor=_ONE, absorbed=_OTHER)
