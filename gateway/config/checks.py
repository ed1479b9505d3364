"""What no single section can know: rules across sections, files and systems.

Each check takes what was read and gives faults; none stops the others.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from ecif.corrections import STAFF
from ecif.linkage.declaration import MatchModel
from ecif.matching_conf import MatchingConf
from ecif.model import FAMILIES, SINGLE
from ecif.survivorship import SurvivorshipConf
from gateway.config.faults import ConfFault, guess
from gateway.config.files import ConfFile
from gateway.config.hub import HubConf
from gateway.config.schema import SystemConf
from gateway.config.sources import Sourced
from gateway.config.values import split_address

_ANY_HOST = {"0.0.0.0", "::"}
_LOOPBACK = {"localhost", "127.0.0.1"}

SystemFiles = Mapping[str, ConfFile[SystemConf]]


def check_system(file: ConfFile[SystemConf]) -> Iterator[ConfFault]:
    """Sections that need one another."""
    system = file.model
    if system is None:
        return
    if system.listen is None and system.dial is None:
        yield file.fault((), "needs [listen], [dial] or both: add one")
    yield from _check_delivery(file, system)
    if system.heartbeat and system.heartbeat.type not in system.messages:
        hint = guess(system.heartbeat.type, system.messages)
        yield file.fault(("heartbeat", "type"), f"is not one of [messages]: {hint}")
    yield from _check_ends(file, system)
    for key in ("key", "other_key"):
        if not isinstance(file.data.get("seal", {}).get(key, Sourced()), Sourced):
            yield file.fault(("seal", key), "stands in the file itself: write ${NAME} or ${file:PATH}")
    if system.greeting and (system.dial is None or system.dial.style != "long"):
        yield file.fault(("greeting",), 'needs a [dial] with the style "long": who dials greets')
    elif system.greeting and system.dial and system.dial.sign_on_seconds is None:
        yield file.fault(("dial", "sign_on_seconds"), "is required where there is a [greeting]: add it")
    if system.sign_on and system.listen and system.listen.sign_on_seconds is None:
        yield file.fault(("listen", "sign_on_seconds"), "is required where there is a [sign_on]: add it")


def _check_ends(file: ConfFile[SystemConf], system: SystemConf) -> Iterator[ConfFault]:
    """A frame that ends with its sender's writing is the only one, and TLS cannot end one side alone."""
    if not system.framing.until_end:
        return
    for section, line in (("listen", system.listen), ("dial", system.dial)):
        if line is not None and (line.style == "long" or line.tls is not None):
            rule = f'needs {section}.style = "short" and no TLS: frames end with the stream'
            yield file.fault(("framing", "kind"), rule)


def _check_delivery(file: ConfFile[SystemConf], system: SystemConf) -> Iterator[ConfFault]:
    takes_pushes = system.system.pushes != "no"
    if system.delivery is None:
        if takes_pushes:
            yield file.fault(("delivery",), 'is required unless system.pushes is "no": add it')
        return
    line = system.listen if system.delivery.over == "listen" else system.dial
    if line is None:
        yield file.fault(("delivery", "over"), f"needs a [{system.delivery.over}]: add it or change over")
    elif system.delivery.over == "listen" and line.style == "short":
        rule = 'needs a listen.style of "long": a short line is gone after its reply'
        yield file.fault(("delivery", "over"), rule)


def check_ports(hub: ConfFile[HubConf], systems: SystemFiles) -> Iterator[ConfFault]:
    """Two listeners on one port: the second would fail to start."""
    taken: list[tuple[str, int, str]] = []
    for file, key, address, owner in _listeners(hub, systems):
        host, port = split_address(address)
        for other_host, other_port, other in taken:
            if port == other_port != 0 and _same_host(host, other_host):
                yield file.fault(key, f"is the port of {other}, too: give each its own")
        taken.append((host, port, owner))


def _listeners(
    hub: ConfFile[HubConf], systems: SystemFiles
) -> Iterator[tuple[ConfFile[HubConf] | ConfFile[SystemConf], tuple[str, str], str, str]]:
    if hub.model:
        yield hub, ("http", "address"), hub.model.http.address, "[http]"
    for name, file in systems.items():
        if file.model and file.model.listen:
            yield file, ("listen", "address"), file.model.listen.address, f"system {name}"


def _same_host(one: str, other: str) -> bool:
    hosts = {one, other}
    return len(hosts) == 1 or bool(hosts & _ANY_HOST) or hosts == _LOOPBACK


def check_trust(file: ConfFile[SurvivorshipConf], systems: Iterable[str]) -> Iterator[ConfFault]:
    """A system that the rules trust may come later; a name that looks like a slip of one will not."""
    rules, known = file.model, [*systems, STAFF]
    if rules is None:
        return
    for index, group in enumerate(rules.group):
        for rank, name in enumerate(group.trust):
            close = get_close_matches(name, known, n=1, cutoff=0.7)
            if name not in known and close:
                yield file.fault(("group", index, "trust", rank), f"is no system: did you mean {close[0]}?")


def check_score(matching: ConfFile[MatchingConf], model: ConfFile[MatchModel]) -> Iterator[ConfFault]:
    """The match model has weights, and its columns are filled from attributes that there are."""
    score = matching.model.score if matching.model else None
    if score is None or model.model is None:
        return
    if not model.model.trained:
        yield model.fault(("comparison",), "has no weights yet: `ecif match train` puts them in")
    attributes_of = model.model.attribute.items()
    known = {column for name, one in attributes_of for column in one.columns or (one.column or name,)}
    blocks = [" ".join(block.on) for block in model.model.block]
    for block, attribute in score.lacking.items():
        key = ("score", "lacking", block)
        if block not in blocks:
            yield matching.fault(key, f"is no block of {score.model}: {guess(block, blocks)}")
        if attribute not in model.model.attribute:
            yield matching.fault(
                key, f"is no attribute of {score.model}: {guess(attribute, model.model.attribute)}"
            )
    for column, attributes in score.columns.items():
        key = ("score", "columns", column)
        if column not in known:
            yield matching.fault(key, f"is no column of {score.model}: {guess(column, known)}")
        for attribute in attributes:
            family, _, rest = attribute.partition(":")
            if attribute not in SINGLE and rest not in ("", *FAMILIES.get(family, ())):
                yield matching.fault(key, f"names no attribute: {attribute}")
