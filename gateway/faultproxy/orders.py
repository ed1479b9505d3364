"""What is told to a running proxy, a line each: scripts write them, operators type them.

to-server SETTINGS | to-client SETTINGS | both SETTINGS     as in `gateway.faultproxy.faults`
calm                                                        no faults at all; connections stay
reset | half-open                                           all that are open
refuse | admit                                              who comes from now on
life 5s                                                     of each that comes from now on; 0: no limit
"""

from collections.abc import Callable, Mapping

from gateway.faultproxy.faults import BadSetting, Faults, seconds
from gateway.faultproxy.proxy import Proxy
from gateway.faultproxy.way import Setting

WORDS = "to-server, to-client, both, calm, reset, half-open, refuse, admit, life"


def follow(proxy: Proxy, line: str) -> None:
    """Do what it says. BadSetting: nothing was done."""
    word, _, rest = line.strip().partition(" ")
    settings = _settings(proxy).get(word)
    if settings is not None:
        changed = [setting.faults.changed(rest) for setting in settings]
        for setting, faults in zip(settings, changed, strict=True):
            setting.faults = faults
    elif word == "life":
        proxy.life_seconds = _seconds(rest)
    elif word in _ORDERS and not rest:
        _ORDERS[word](proxy)
    else:
        raise BadSetting(f"{word!r} is no order: expected one of {WORDS}")


def _settings(proxy: Proxy) -> Mapping[str, tuple[Setting, ...]]:
    there, back = proxy.to_server, proxy.to_client
    return {"to-server": (there,), "to-client": (back,), "both": (there, back)}


def _seconds(text: str) -> float:
    try:
        return seconds(text.strip())
    except ValueError as error:
        raise BadSetting(f"life: {error}") from None


def _calm(proxy: Proxy) -> None:
    proxy.to_server.faults = proxy.to_client.faults = Faults()
    proxy.refusing, proxy.life_seconds = False, 0.0


def _refuse(proxy: Proxy) -> None:
    proxy.refusing = True


def _admit(proxy: Proxy) -> None:
    proxy.refusing = False


_ORDERS: Mapping[str, Callable[[Proxy], None]] = {
    "calm": _calm,
    "reset": Proxy.reset,
    "half-open": Proxy.half_open,
    "refuse": _refuse,
    "admit": _admit,
}
