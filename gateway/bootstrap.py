"""The composition root: conf in, objects out. Nothing is built at import time, and nothing else builds but
`gateway.stations`, its second half.

`build_hub` puts the whole hub together; the loaders before it serve commands that need only a part. What
cannot work as declared is raised as DeclarationErrors, all of them at once.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager

from adapters.dialect import SystemDialect, build_dialect
from adapters.layouts import two_layouts
from ecif.leases import Leases
from ecif.matching import WEIGHED, Matching
from ecif.service import Service
from ecif.setting import SECOND, Patience
from ecif.signing import Signer, key_name
from ecif.store.engine import Tuning, is_shared
from ecif.store.store import Store, open_store
from ecif.survivorship import Rules
from formats.codec import Codec
from formats.declare import load_codec
from formats.seals import load_seal
from gateway.config.schema import Conf, SystemConf
from gateway.hub import Hub
from gateway.intake.intake import Intake
from gateway.stations import CustomerHalf, Stations, silence_seconds
from gateway.world import World


def load_codec_of(conf: Conf, name: str) -> Codec:
    """One system's message layouts."""
    return _codec(conf, name, conf.systems[name])


def _codec(conf: Conf, name: str, system: SystemConf) -> Codec:
    seal = load_seal(system.seal) if system.seal else None
    return load_codec(system.codec, conf.folder_of(name), name, seal)


def load_codecs(conf: Conf) -> dict[str, Codec]:
    return {name: load_codec_of(conf, name) for name in conf.systems}


def load_dialects(conf: Conf) -> dict[str, SystemDialect]:
    """Every system's dialect. An ExceptionGroup of DeclarationErrors names all that cannot work."""
    return {name: load_dialect(conf, name) for name in conf.systems}


def load_dialect(conf: Conf, name: str) -> SystemDialect:
    """Of both versions of its layouts where it has two."""
    system = conf.systems[name]
    present = build_dialect(name, system, load_codec_of(conf, name), conf.codes.root)
    if system.layouts is None:
        return present
    then = conf.coming[name]
    codec = _codec(conf, name, then)
    return two_layouts(present, build_dialect(name, then, codec, conf.codes.root), system.layouts)


def load_rules(conf: Conf) -> Rules:
    return Rules.compiled(conf.survivorship)


def load_matching(conf: Conf, *, weighed: int = WEIGHED) -> Matching:
    return Matching(conf.matching, conf.match_model, weighed=weighed)


def load_patience(conf: Conf) -> Patience:
    """How long pushes wait for replies and between repeats."""
    limits = conf.hub.delivery
    return Patience(
        reply={
            name: int(silence_seconds(system) * SECOND)
            for name, system in conf.systems.items()
            if system.delivery
        },
        first=int(limits.backoff_first_seconds * SECOND),
        cap=int(limits.backoff_cap_seconds * SECOND),
    )


def load_tuning(conf: Conf) -> Tuning:
    given = conf.hub.database
    return Tuning(
        given.connections, given.pool_seconds, given.connect_seconds, given.statement_seconds,
        given.idle_seconds,
    )  # fmt: skip


def load_signers(conf: Conf) -> list[Signer]:
    """The bank's keys over its history; the first one signs."""
    found = [key.encode() for key in conf.hub.history.keys]
    return [Signer(key_name(key), key, conf.hub.history.hashing) for key in found]


def load_leases(conf: Conf) -> Leases | None:
    """None where the hub is the only one on its database."""
    if not is_shared(conf.hub.database.url):
        return None
    return Leases(conf.hub.holder, int(conf.hub.instances.lease_seconds * SECOND))


def build_service(
    conf: Conf, store: Store, dialects: Mapping[str, SystemDialect], leases: Leases | None = None
) -> Service:
    """The customer half, on a store that is open."""
    return Service(
        store, dialects, load_rules(conf), load_matching(conf), patience=load_patience(conf),
        hashing=conf.hub.history.hashing, leases=leases,
    )  # fmt: skip


def renew_service(service: Service, conf: Conf, systems: Collection[str]) -> None:
    """It decides by this conf from now on. `systems`: those that differ, the others keep their dialects."""
    kept = service.setting.dialects
    dialects = {name: load_dialect(conf, name) if name in systems else kept[name] for name in conf.systems}
    service.renew(dialects, load_rules(conf), load_matching(conf), load_patience(conf))


@contextmanager
def open_service(conf: Conf, leases: Leases | None = None) -> Iterator[Service]:
    """The customer half on its database, for as long as this lasts. StoreError says what is missing."""
    url, numbers = conf.hub.database.url, conf.hub.run.numbers
    with closing(open_store(url, reserve=numbers, tuning=load_tuning(conf))) as store:
        with store.unit():  # nothing is written: a database that somebody holds is found now
            pass
        yield build_service(conf, store, load_dialects(conf), leases)


def build_hub(
    conf: Conf,
    service: CustomerHalf,
    *,
    intake_class: type[Intake] = Intake,
    world: World | None = None,
    dialects: Mapping[str, SystemDialect] | None = None,
) -> Hub:
    """The hub, nothing opened. OSError and ssl.SSLError say what is missing.

    `intake_class` is for the crash test's mutant, which answers before it commits; `dialects`: if
    they are loaded already.
    """
    world, dialects = world or World(), dialects or load_dialects(conf)
    stations = Stations(conf.hub, service, intake_class, world)
    for name, system in conf.systems.items():
        stations.running[name] = stations.make(name, system, dialects[name])
    return Hub(run=conf.hub.run, stations=stations, met=service.counts, open_local=world.open_local)
