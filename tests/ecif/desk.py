"""What tests of the steward's desk share: two strangers, a question, what conf keeps for two people."""

from ecif.four_eyes import FourEyesConf
from tests.ecif.bank import ZHANG_ID

BY = {"actor": "zhao", "reason": "looked at the papers"}
DOCUMENT = {"document": ("resident_id", ZHANG_ID, None), "named": {"document": "resident_id"}}


def by(bank, **more):
    return {**BY, "now": bank.now, **more}


def two(bank):
    first = bank.one(bank.person("core", "1", gender="male")).ecif_no
    second = bank.one(bank.person("ebank", "9", name="李四", email="li@example.com")).ecif_no
    return first, second


def asked(bank):
    """Two parties that share a document under different names: a question. Gives its number."""
    bank.one(bank.person("core", "1", **DOCUMENT))
    bank.one(bank.person("loan", "5", name="李四", **DOCUMENT))
    ((task,),) = bank.rows("select id from review_task where closed_at = 0")
    return task


def events(bank):
    return bank.rows("select ecif_no, version, cause, actor, reason from change_event order by ecif_no, seq")


def four_eyes(bank, *rules):
    bank.service.setting.rules.four_eyes = tuple(FourEyesConf.model_validate(rule) for rule in rules)
