"""Match keys after conf changed: what was stored before is found by the new ones."""

import pytest

from bench.population import person
from ecif.matching import Matching
from ecif.matching_conf import MatchingConf
from ecif.reindexing import Reindexed
from tests.databases import EVERY
from tests.ecif.bank import Bank
from tests.ecif.test_scoring import ANNA, MATCHING

MOVED = {**ANNA, "phone__mobile": "13838288929"}
RULES = [{"evidence": "document", "names": "compatible"}, {"evidence": "born_and_mobile", "names": "same"}]


@pytest.fixture(params=EVERY)
def bank(tmp_path, request):
    bank = Bank(tmp_path, database=request.param)
    yield bank
    assert bank.problems() == []
    bank.store.close()


def decide_by(bank, matching):
    setting = bank.service.setting
    bank.service.renew(setting.dialects, setting.rules, matching, setting.patience)


def reindex(bank):
    bank.store.forget_stop_keys()
    heads = [head for (head,) in bank.rows("select ecif_no from party where merged_into is null")]
    return bank.service.reindex(heads, bank.now)


def parties(bank):
    return bank.rows("select count(distinct head) from source_record")[0][0]


def test_a_score_switched_on_later_finds_who_was_there_before(bank):
    bank.one(bank.person("core", "1", **ANNA))
    decide_by(bank, MATCHING)
    bank.one(bank.person("ebank", "2", **MOVED))
    assert parties(bank) == 2
    assert reindex(bank) == Reindexed(2, 1)
    assert reindex(bank) == Reindexed(2, 0)
    bank.one(bank.person("loan", "3", **MOVED))
    assert parties(bank) == 1


def test_a_larger_cap_finds_people_again_behind_what_was_a_stop_key(bank):
    few = Matching(MatchingConf.model_validate({"tier": RULES, "largest": 2}))
    decide_by(bank, few)
    family = {"born": "19700101", "phone__mobile": "13912345678"}
    for turn in range(4):
        bank.one(bank.person("core", str(turn), name=person(turn)[0], **family))
    assert bank.rows("select count(*) from match_key where ecif_no = '*'") == [(1,)]
    assert reindex(bank).parties == 4
    assert bank.rows("select count(*) from match_key where ecif_no = '*'") == [(1,)]
    decide_by(bank, Matching(MatchingConf.model_validate({"tier": RULES})))
    assert reindex(bank) == Reindexed(4, 4)
    bank.one(bank.person("ebank", "9", name=person(2)[0], **family))
    assert parties(bank) == 4
