"""`ecif quality`: how good each system's data is."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.failed import known, opened
from gateway.cli.options import DEFAULT_CONF, AsJson, CommandError, ConfFolder, load, put, say
from gateway.cli.progress import NowAndThen

if TYPE_CHECKING:
    from ecif.quality import Quality


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: ecif quality loan --html loan.html")(quality)


def quality(
    system: Annotated[str, typer.Argument(metavar="[SYSTEM]", help="One system; otherwise all.")] = "",
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", dir_okay=False, help="Write a page with plots.")
    ] = None,
    conf: ConfFolder = DEFAULT_CONF,
    as_json: AsJson = False,
) -> None:
    """Completeness, validity, agreement with the golden record and duplicates, by system and attribute.

    Reads everything once, beside a running hub; shows counts and no customer's value.
    """
    from ecif.quality import as_dict
    from ecif.quality import quality as counted
    from gateway.bootstrap import load_dialects

    tree = load(conf)
    known(tree, system)
    with opened(tree) as store:
        found = counted(store, load_dialects(tree), system, NowAndThen(_customers()))
    if html is not None:
        _write(html, found, system)
    if as_json:
        put(json.dumps(as_dict(found), ensure_ascii=False))
    elif html is None:
        _put_tables(found)


def _customers() -> Callable[[int], str]:
    began = time.monotonic()

    def line(parties: int) -> str:
        return f"{parties} customers, {parties / (time.monotonic() - began):.0f} a second"

    return line


def _write(file: Path, found: "Quality", system: str) -> None:
    from gateway.document import as_html
    from gateway.quality_report import pages

    when = datetime.now(UTC).isoformat(timespec="minutes")
    title = f"Data quality of {system}" if system else "Data quality"
    try:
        file.write_text(as_html(pages(found, title, when)), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {error.strerror}.") from None
    say(f"Written to {file}.")


def _put_tables(found: "Quality") -> None:
    from ecif.quality import shares

    for name, one in found.systems.items():
        put(f"{name}: {one.records} records, {one.customers} customers, {one.duplicates} duplicates")
        put(f"  {'attribute':<28}{'filled':>9}{'valid':>9}{'agrees':>9}")
        for attribute, counts in one.attributes.items():
            told = "".join(f"{_percent(share):>9}" for share in shares(counts).values())
            put(f"  {attribute:<28}{told}")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}%"
