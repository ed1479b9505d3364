"""The index follows what the hub commits: everything once, in an order that never changes."""

import threading

import pytest

from ecif import searching
from ecif.model import Holding
from ecif.setting import SECOND
from ecif.store.store import open_store
from ocrm_api.access.scope import WHOLE, Scope
from ocrm_api.search import store as rows
from ocrm_api.search.finder import Criteria, Finder, NotAsked
from ocrm_api.search.follower import PORTION, SETTLED, Follower
from ocrm_api.search.opening import open_index
from tests.databases import POSTGRESQL
from tests.ecif.bank import LI_ID, NOW, ZHANG_ID, Bank


@pytest.fixture(params=["sqlite", POSTGRESQL])
def bank(tmp_path, request):
    made = Bank(tmp_path, database=request.param)
    yield made
    made.store.close()


@pytest.fixture
def index(bank):
    made = open_index(bank.url, durable=False)
    yield made
    made.close()


@pytest.fixture
def follower(bank, index):
    return Follower(bank.store, index)


@pytest.fixture
def finder(bank, index):
    return Finder(bank.store, index, tuple(bank.dialects), bank.service.setting.matching)


def follow(follower):
    while follower.step():
        pass


def fed(index, after=0):
    with index.reading() as connection:
        return rows.fed_after(connection, after, 10_000)


def numbers(page):
    return [one.party.ecif_no for one in page.found]


def test_what_was_there_before_is_built_first(bank, index, follower, finder):
    zhang = bank.one(bank.person("core", "C1", name="张三丰")).ecif_no
    bank.wait(60)
    last = bank.one(bank.person("core", "C2", name="李四")).ecif_no
    follow(follower)
    assert numbers(finder.page(Criteria(name="张三"), WHOLE)) == [zhang]
    assert [one.ecif_no for one in fed(index)] == [last]  # of the last seconds nobody knows yet


def test_each_change_gets_the_next_position(bank, index, follower):
    follow(follower)
    first = bank.one(bank.person("core", "C1", name="张三")).ecif_no
    follow(follower)
    bank.wait(1)
    bank.take(bank.person("core", "C1", name="张三丰"), bank.person("core", "C2", name="李四"))
    follow(follower)
    found = fed(index)
    assert [one.position for one in found] == [1, 2, 3]
    assert [(one.ecif_no, one.version) for one in found[:2]] == [(first, 1), (first, 2)]
    follow(follower)
    follow(Follower(bank.store, index))
    assert fed(index) == found


def test_a_batch_that_commits_late_is_not_missed(bank, index, follower):
    """Its moment is before one that was fed already."""
    follow(follower)
    bank.take(bank.person("core", "C1", name="张三"))
    follow(follower)
    bank.now = NOW - 5 * SECOND
    bank.take(bank.person("core", "C2", name="李四"))
    follow(follower)
    assert [one.stored_at for one in fed(index)] == [NOW, NOW - 5 * SECOND]


def test_one_that_commits_very_late_is_found_by_count(bank, index, follower):
    follow(follower)
    bank.take(bank.person("core", "C1", name="张三"))
    bank.wait(30)
    bank.take(bank.person("core", "C2", name="李四"))
    follow(follower)
    bank.now = NOW + 5 * SECOND
    bank.take(bank.person("core", "C3", name="王五"))
    follow(follower)
    assert len(fed(index)) == 2
    bank.now = NOW + 4 * SETTLED
    bank.take(bank.person("core", "C4", name="赵六"))
    follow(follower)
    assert len(fed(index)) == 4


def test_more_than_a_portion(bank, index, follower, finder):
    follow(follower)
    bank.take(*[bank.person("core", f"C{n}", name="张伟") for n in range(PORTION + 7)])
    follow(follower)
    assert len(fed(index)) == PORTION + 7
    page, seen = finder.page(Criteria(name="张伟"), WHOLE, limit=200), []
    while True:
        seen += numbers(page)
        if page.following is None:
            break
        page = finder.page(Criteria(name="张伟"), WHOLE, after=page.following, limit=200)
    assert len(seen) == len(set(seen)) == PORTION + 7


def test_no_gap_while_several_write_and_several_follow(bank, index, tmp_path):
    """Writers and followers of their own, at once: every event once, positions without a hole."""
    follow(Follower(bank.store, index))
    done = threading.Event()
    failed = []

    def keep(act):
        try:
            act()
        except Exception as error:
            failed.append(error)

    def follow_on():
        mine, store = open_index(bank.url, durable=False), open_store(bank.url, durable=False)
        follower = Follower(store, mine)
        while not done.is_set() or follower.step():
            follower.step()
        mine.close()
        store.close()

    followers = [threading.Thread(target=keep, args=(follow_on,)) for _ in range(2)]
    for one in followers:
        one.start()
    for n in range(30):
        bank.wait(0.1)
        bank.take(*[bank.person("core", f"C{n}-{m}", name="张三") for m in range(4)])
    done.set()
    for one in followers:
        one.join(60)
    assert failed == []
    found = fed(index)
    assert [one.position for one in found] == list(range(1, 121))
    assert len({(one.ecif_no, one.seq) for one in found}) == 120


def test_a_name_that_changed_is_found_as_it_was_then(bank, follower, finder):
    zhang = bank.one(bank.person("core", "C1", name="张三")).ecif_no
    follow(follower)
    bank.wait(100)
    bank.take(bank.person("core", "C1", name="李四"))
    follow(follower)
    assert numbers(finder.page(Criteria(name="张三"), WHOLE)) == []
    assert numbers(finder.page(Criteria(name="李四"), WHOLE)) == [zhang]
    assert numbers(finder.page(Criteria(name="张三", at=NOW + 1), WHOLE)) == [zhang]
    assert numbers(finder.page(Criteria(name="李四", at=NOW + 1), WHOLE)) == []


def test_exact_numbers_need_no_index(bank, finder):
    holdings = (Holding("deposit", "622200000008123"),)
    document = ("resident_id", ZHANG_ID, None)
    zhang = bank.one(
        bank.person("core", "C1", document=document, phone__mobile="13912345678", holdings=holdings)
    ).ecif_no
    bank.take(bank.person("core", "C2", name="李四", document=("resident_id", LI_ID, None)))
    for asked in (
        Criteria(ecif_no=zhang),
        Criteria(q=zhang),
        Criteria(system="core", customer_no="C1"),
        Criteria(customer_no="C1"),
        Criteria(q="C1"),
        Criteria(document=ZHANG_ID),
        Criteria(document=ZHANG_ID.lower(), document_type="resident_id"),
        Criteria(q=ZHANG_ID),
        Criteria(account="622200000008123"),
        Criteria(q="622200000008123"),
    ):
        assert numbers(finder.page(asked, WHOLE)) == [zhang], asked
    for asked in (Criteria(document=ZHANG_ID, document_type="passport"), Criteria(card="622200000008123")):
        assert numbers(finder.page(asked, WHOLE)) == []


def test_a_document_that_lost_still_finds_its_customer(bank, finder):
    other = "11010519491231110X"
    zhang = bank.one(bank.person("core", "C1", document=("passport", "E1234567", None))).ecif_no
    bank.take(bank.person("ebank", "E1", document__passport=("E1234567", None)))
    del other
    assert numbers(finder.page(Criteria(document="E1234567"), WHOLE)) == [zhang]


def test_all_words_must_be_so(bank, follower, finder):
    zhang = bank.one(bank.person("core", "C1", name="张三", phone__mobile="13912345678", risk="R3")).ecif_no
    bank.take(bank.person("core", "C2", name="张三", phone__mobile="13912345679"))
    follow(follower)
    assert len(numbers(finder.page(Criteria(name="张三"), WHOLE))) == 2
    assert numbers(finder.page(Criteria(name="张三", phone="13912345678"), WHOLE)) == [zhang]
    assert numbers(finder.page(Criteria(name="张三", risk="R3"), WHOLE)) == [zhang]
    assert numbers(finder.page(Criteria(customer_no="C1", name="李四"), WHOLE)) == []
    assert numbers(finder.page(Criteria(pinyin="zs", customer_no="C1"), WHOLE)) == [zhang]


def test_of_many_only_those_that_all_words_lead_to_are_looked_at(bank, index, follower):
    """A surname leads to a tenth of the bank: the index is asked what other words say, not each party."""
    bank.take(*(bank.person("core", f"C{n}", name="张三", phone__mobile=f"1391234{n:04}") for n in range(30)))
    follow(follower)
    (wide, _), (narrow,) = searching.name_ranges("张"), searching.whole_range("t", "13912340007")
    with index.reading() as connection:
        assert len(rows.found(connection, wide, rows.Wanted(), after=None, limit=100)) == 30
        both = rows.Wanted(also=[searching.spelling_ranges("zs"), [narrow]])
        assert len(rows.found(connection, wide, both, after=None, limit=100)) == 1


def test_a_filter_follows_the_customer(bank, follower, finder):
    """Branch and risk stand beside every word, and change with the customer though no word does."""
    zhang = bank.one(bank.person("core", "C1", name="张三", branch="0101", risk="R1")).ecif_no
    follow(follower)
    bank.wait(1)
    bank.take(bank.person("core", "C1", name="张三", branch="0202", risk="R2"))
    follow(follower)
    for branch, risk, led in (("0202", "R2", [zhang]), ("0101", "R1", [])):
        assert numbers(finder.page(Criteria(name="张", branch=branch), WHOLE)) == led
        assert numbers(finder.page(Criteria(pinyin="zs", risk=risk), WHOLE)) == led
        assert numbers(finder.page(Criteria(name="张"), Scope(frozenset({branch}), "W. Wang"))) == led


def test_nothing_out_of_scope_is_found(bank, follower, finder):
    bank.take(bank.person("core", "C1", name="张三"))
    follow(follower)
    nobody = Scope(frozenset({"0101"}), "W. Wang")
    for asked in (Criteria(name="张三"), Criteria(customer_no="C1"), Criteria(q="zs")):
        assert numbers(finder.page(asked, nobody)) == []


def test_a_merged_party_is_found_by_its_number_only(bank, follower, finder):
    zhang = bank.one(bank.person("core", "C1", name="张三")).ecif_no
    other = bank.one(bank.person("ebank", "E1", name="张大山")).ecif_no
    follow(follower)
    bank.service.merge(zhang, other, actor="t", reason="t", now=bank.now)
    follow(follower)
    assert numbers(finder.page(Criteria(name="张"), WHOLE)) == [zhang]
    assert numbers(finder.page(Criteria(ecif_no=other), WHOLE)) == [zhang]


@pytest.mark.parametrize("asked", [Criteria(), Criteria(risk="R1"), Criteria(name="张", phone="1", at=1)])
def test_a_search_needs_a_word(finder, asked):
    with pytest.raises(NotAsked):
        finder.page(asked, WHOLE)


def test_an_index_of_another_release_is_made_anew(bank, index, follower, finder):
    bank.take(bank.person("core", "C1", name="张三"))
    follow(follower)
    with index.writing() as connection:
        epoch = rows.state_of(connection).epoch
        connection.exec_driver_sql("UPDATE follow_state SET format = 0")
    follow(follower)
    with index.reading() as connection:
        assert rows.state_of(connection).epoch != epoch
    assert len(numbers(finder.page(Criteria(name="张三"), WHOLE))) == 1
