"""The demonstration's end: what the database says against what the systems say, and the report of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ecif.cluster import resolve
from ecif.store.reports import counts
from ecif.store.store import Store
from ecif.verify import verify
from gateway.bootstrap import load_dialects, load_matching, load_rules
from gateway.config.schema import Conf
from gateway.peers.comparison import Expectation, Pairs, differences, pairs
from gateway.peers.forms import Form
from gateway.peers.opening import open_codec, open_form
from gateway.peers.page import Page
from gateway.peers.population import Population, Record
from gateway.peers.tally import percentile

COUNTS = ("sent", "acknowledged", "refused", "pushed", "confirmed")


@dataclass(frozen=True)
class Found:
    """Everything that was looked at afterwards."""

    parties: int
    source_records: int
    reviews: int
    all_pairs: Pairs
    documented_pairs: Pairs
    different: Sequence[str]
    problems: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Report:
    """What `--report` writes, to the key (CONTRACT.md)."""

    seconds: float
    systems: Mapping[str, Mapping[str, int]]
    parties: int
    source_records: int
    true_customers: int
    pair_precision: float
    pair_recall: float
    documented_precision: float
    documented_recall: float
    reviews: int
    converged: bool
    problems: Sequence[Mapping[str, Any]]
    messages_per_second: float
    ack_p50_ms: float
    ack_p99_ms: float

    @property
    def good(self) -> bool:
        return self.converged and not self.problems

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def examine(
    conf: Conf, store: Store, population: Population, states: Mapping[str, Mapping[str, Any]]
) -> Found:
    """Reads the store once, in one transaction."""
    dialects = load_dialects(conf)
    keys = [(system, number) for system, state in states.items() for number in state["records"]]
    different: list[str] = []
    papers: set[Record] = set()
    with store.unit() as work:
        work.load_records(keys)
        by_hub = {system for system in states if open_form(conf, system).by_hub}
        given = {
            (system, number): states[system]["records"][number]["ecif_no"]
            for system, number in keys
            if system in by_hub
        }
        work.load_parties(given.values())
        for system, state in states.items():
            expectation = Expectation(open_form(conf, system), open_codec(conf, system), dialects[system])
            papers |= {(system, number) for number in _with_papers(expectation.form, state["records"])}
            different += differences(system, expectation, state["records"], work)
        found = {key: resolve(record.party, work.parties) for key, record in work.records.items()}
        found |= {
            key: resolve(number, work.parties) for key, number in given.items() if number in work.parties
        }
        parties, records = len(set(found.values())), len(found)
    with store.reading() as connection:
        reviews = counts(connection).review_tasks
    entered: set[Record] = {key for key in population.truth if key in set(keys)}
    verified = verify(store, load_rules(conf), dialects, load_matching(conf))
    return Found(
        parties,
        records,
        reviews,
        pairs(population.truth, found, entered),
        pairs(population.truth, found, entered & population.documented & papers),
        different,
        verified.problems,
    )


def _with_papers(form: Form, records: Mapping[str, Any]) -> list[str]:
    """A system may be unable to write the document that its customer showed."""
    return [number for number, kept in records.items() if form.identity(Page(**kept["page"]))]


def report_of(
    population: Population,
    states: Mapping[str, Mapping[str, Any]],
    found: Found,
    settled: bool,
    seconds: float,
    sending_seconds: float,
) -> Report:
    """`problems` are verify's, the peers' and whatever differs at the end, each as verify words its own."""
    systems = {name: {key: int(state["counts"][key]) for key in COUNTS} for name, state in states.items()}
    milliseconds = [each for state in states.values() for each in state["milliseconds"]]
    answered = sum(counted["acknowledged"] + counted["refused"] for counted in systems.values())
    problems = [dict(problem) for problem in found.problems]
    problems += [_problem("different", text) for text in found.different]
    problems += [_problem(name, text) for name, state in states.items() for text in state["problems"]]
    return Report(
        seconds=round(seconds, 3),
        systems=systems,
        parties=found.parties,
        source_records=found.source_records,
        true_customers=len({population.truth[key] for key in population.truth}),
        pair_precision=round(found.all_pairs.precision, 6),
        pair_recall=round(found.all_pairs.recall, 6),
        documented_precision=round(found.documented_pairs.precision, 6),
        documented_recall=round(found.documented_pairs.recall, 6),
        reviews=found.reviews,
        converged=settled and not found.different,
        problems=problems,
        messages_per_second=round(answered / sending_seconds, 1) if sending_seconds else 0.0,
        ack_p50_ms=percentile(milliseconds, 0.50),
        ack_p99_ms=percentile(milliseconds, 0.99),
    )


def _problem(kind: str, detail: str) -> dict[str, Any]:
    return {"kind": kind, "ecif_no": "", "detail": detail}
