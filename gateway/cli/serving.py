"""`ecif serve` and `ecif api`: the hub, and the HTTP process it starts and watches."""

from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_CONF, ConfFolder, load


def add_to(app: typer.Typer) -> None:
    app.command(epilog="Example: ecif serve --conf conf --workers 4")(serve)
    app.command(epilog="Example: ecif api --conf conf")(api)


def serve(
    conf: ConfFolder = DEFAULT_CONF,
    workers: Annotated[
        int, typer.Option(min=1, max=64, metavar="N", help="Hubs beside each other; not on SQLite.")
    ] = 1,
    worker: Annotated[int | None, typer.Option(hidden=True, help="Which one of several this is.")] = None,
) -> None:
    """Run the hub until SIGTERM, which drains it; a second SIGTERM stops it at once.

    Writes `ready` to standard error when all listeners are open and the HTTP process answers.
    """
    from gateway.telemetry.logs import set_up_logs

    tree = load(conf)
    set_up_logs(tree.hub.log.level)
    if workers > 1:
        from gateway.workers import run_workers

        run_workers(tree, workers)
        return
    from gateway.process import run_hub, run_worker

    if worker is None:
        run_hub(tree)
    else:
        run_worker(tree, worker)


def api(
    conf: ConfFolder = DEFAULT_CONF,
    with_parent: Annotated[bool, typer.Option(hidden=True, help="End when standard input ends.")] = False,
    descriptor: Annotated[int | None, typer.Option(hidden=True, help="The socket to listen on.")] = None,
) -> None:
    """Run the HTTP process alone: health, metrics and the API."""
    from gateway.http_process import run_api
    from gateway.http_workers import run_workers
    from gateway.telemetry.logs import set_up_logs

    tree = load(conf)
    set_up_logs(tree.hub.log.level)
    if tree.hub.http.workers > 1 and descriptor is None:
        run_workers(tree, with_parent=with_parent)
    else:
        run_api(tree, with_parent=with_parent, descriptor=descriptor)
