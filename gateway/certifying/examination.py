"""All cases against one system, one after the other, and the report."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from gateway.certifying.bench import Bench, NotReached
from gateway.certifying.cases.seen import Case, Failed, NotApplicable
from gateway.certifying.cases.table import CASES
from gateway.certifying.contact import Contact
from gateway.streams import WireBroken

Outcome: TypeAlias = Literal["passed", "failed", "not applicable"]

__all__ = ["Contact", "Finding", "Report", "examine"]


@dataclass(frozen=True)
class Finding:
    case: str
    rule: str
    outcome: Outcome
    seen: str


@dataclass(frozen=True)
class Report:
    system: str
    at: str
    """RFC 3339."""
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        return not any(finding.outcome == "failed" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        counts = Counter(finding.outcome for finding in self.findings)
        return {
            "system": self.system,
            "at": self.at,
            "passed": self.passed,
            "counts": {outcome: counts[outcome] for outcome in ("passed", "failed", "not applicable")},
            "cases": [asdict(finding) for finding in self.findings],
        }


async def examine(bench: Bench, told: Callable[[Finding], None] = lambda finding: None) -> Report:
    """`told` of each finding as it is made. `bench` is open. Raises NotReached where no line can be had."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    await bench.contact()
    findings = []
    for case in CASES:
        findings.append(await _found(case, bench))
        told(findings[-1])
    return Report(bench.system.name, at, tuple(findings))


async def _found(case: Case, bench: Bench) -> Finding:
    outcome: Outcome = "passed"
    try:
        seen = await case.run(bench)
    except NotApplicable as reason:
        outcome, seen = "not applicable", str(reason)
    except (Failed, NotReached, WireBroken) as fault:
        outcome, seen = "failed", str(fault)
    return Finding(case.name, case.rule, outcome, seen)
