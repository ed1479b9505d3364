"""The words of `ecif proxy`, on their own."""

import pytest

from gateway.faultproxy.faults import BadSetting, Faults, seconds
from gateway.faultproxy.orders import follow
from gateway.faultproxy.proxy import Proxy


def test_words_change_what_they_name_and_nothing_else() -> None:
    faults = Faults().changed("latency=200ms jitter=0.05s,bandwidth=1000, slice=3 hang=yes reset-after=20")
    assert faults == Faults(0.2, 0.05, 1000, 3, True, 20)
    assert faults.changed("hang=no reset-after=never") == Faults(0.2, 0.05, 1000, 3)


@pytest.mark.parametrize(
    "words", ["", "latency", "latency=", "latency=-1s", "colour=red", "slice=x", "hang=maybe", "slice=1e3"]
)
def test_other_words_are_refused_by_name(words: str) -> None:
    with pytest.raises(BadSetting, match=words.partition("=")[0] or "expected"):
        Faults().changed(words)


def test_times() -> None:
    assert [seconds(text) for text in ("200ms", "1.5s", "2")] == [0.2, 1.5, 2.0]


def test_orders_change_both_directions_or_one() -> None:
    proxy = Proxy("127.0.0.1", 1)
    follow(proxy, "both slice=1")
    follow(proxy, "to-client hang=yes\n")
    follow(proxy, "refuse")
    follow(proxy, "life 5s")
    assert proxy.to_server.faults == Faults(slice_bytes=1)
    assert proxy.to_client.faults == Faults(slice_bytes=1, hanging=True)
    assert (proxy.refusing, proxy.life_seconds) == (True, 5.0)
    follow(proxy, "calm")
    assert proxy.to_client.faults == Faults()
    assert (proxy.refusing, proxy.life_seconds) == (False, 0.0)


@pytest.mark.parametrize("line", ["dance", "reset now", "life long", "both", "to-server slice=0x1"])
def test_a_bad_order_changes_nothing(line: str) -> None:
    proxy = Proxy("127.0.0.1", 1)
    with pytest.raises(BadSetting):
        follow(proxy, line)
    assert proxy.to_server.faults == proxy.to_client.faults == Faults()
