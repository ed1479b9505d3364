"""The demonstration's words: the table at its end, what is wrong if anything is, and where to look."""

import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from gateway.peers.examination import COUNTS, Report
from gateway.peers.stage import Stage

MOST_TOLD = 20


def tell(console: Console, report: Report, stage: Stage) -> bool:
    """Whether all is well."""
    console.print(_systems(report))
    console.print(_customers(report))
    for problem in report.problems[:MOST_TOLD]:
        console.print(f"[red]{problem['kind']}[/] {problem['ecif_no']} {problem['detail']}", highlight=False)
    if len(report.problems) > MOST_TOLD:
        console.print(f"… and {len(report.problems) - MOST_TOLD} more problems")
    if report.good:
        console.print("[green]All systems hold the same customers; verify found nothing.[/]")
    else:
        console.print(f"[red]Not all is well.[/] Logs of all processes: {stage.folder}")
    return report.good


def _systems(report: Report) -> Table:
    table = Table("system", *COUNTS)
    for name, counted in report.systems.items():
        table.add_row(name, *(f"{counted[key]:,}" for key in COUNTS))
    return table


def _customers(report: Report) -> Table:
    table = Table("", "", show_header=False)
    rows = {
        "true customers · parties · source records": (
            f"{report.true_customers:,} · {report.parties:,} · {report.source_records:,}"
        ),
        "pairs: precision · recall": f"{report.pair_precision:.4f} · {report.pair_recall:.4f}",
        "of documented ones": f"{report.documented_precision:.4f} · {report.documented_recall:.4f}",
        "questions for stewards": f"{report.reviews:,}",
        "messages a second": f"{report.messages_per_second:,.0f}",
        "acknowledged in, half · 99 of 100": f"{report.ack_p50_ms:.0f} ms · {report.ack_p99_ms:.0f} ms",
        "converged": f"{'yes' if report.converged else 'no'}, after {report.seconds:.1f} s",
    }
    for label, value in rows.items():
        table.add_row(label, value)
    return table


def how_to_look() -> str:
    """The one command that opens the console on a bank like this one."""
    called = Path(sys.argv[0])
    command = str(called) if called.name == "ecif" else "ecif"
    return f"Look at it yourself, in the console:\n\n  {command} demo --serve\n"
