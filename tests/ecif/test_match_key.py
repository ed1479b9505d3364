"""Where a match key stands in the index, and that it can be told apart."""

from pathlib import Path

from ecif.linkage.keys import BETWEEN
from ecif.match_key import kind, kind_of, match_key
from gateway.bootstrap import load_matching
from gateway.config.reader import read_conf
from tests.ecif.fakes import RESIDENT
from tests.ecif.test_matching import who

PLACE = 4
"""Characters."""
CUSTOMER = who(
    "core", document__resident_id=(RESIDENT, None), name="徐思琪", born="19771222",
    phone__mobile="15088094692", address__home=("北京市东城区试验路146号绿城公寓10栋1581室", None),
)  # fmt: skip


def test_keys_of_the_same_first_part_are_neighbours():
    alone = match_key(kind("mobile"), "15088094692")
    born = match_key(kind("born_and_mobile"), BETWEEN.join(("15088094692", "19771222")))
    assert alone[:PLACE] == born[:PLACE]
    assert alone != born
    assert match_key(kind("mobile"), "15088094693")[:PLACE] != alone[:PLACE]


def test_what_a_key_is_of_can_be_told():
    assert kind_of(match_key(kind("mobile"), "15088094692")) == kind("mobile") != kind("email")


def test_other_parts_are_another_key():
    texts = ["a", "b", BETWEEN.join("ab"), BETWEEN.join("ac"), BETWEEN.join("abc")]
    keys = {match_key(kind(what), text) for what in ("mobile", "core") for text in texts}
    assert len(keys) == 2 * len(texts)


def test_the_nine_keys_of_a_customer_are_in_five_places():
    keys = load_matching(read_conf(Path(__file__).parents[2] / "conf", {})).match_keys([CUSTOMER])
    assert (len(keys), len({key[:PLACE] for key in keys})) == (9, 5)
