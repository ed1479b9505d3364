"""The proxy as a program: listens, takes orders on standard input, ends at SIGINT or SIGTERM.

The end of standard input is no order: a proxy started by a script without one stays.
"""

import sys

import trio

from gateway.faultproxy.faults import BadSetting
from gateway.faultproxy.orders import follow
from gateway.faultproxy.proxy import Proxy
from gateway.peers.interrupts import end_on_signals


def run_proxy(proxy: Proxy, host: str, port: int) -> None:
    """OSError: the port cannot be had."""
    trio.run(_run, proxy, host, port)


async def _run(proxy: Proxy, host: str, port: int) -> None:
    async with trio.open_nursery() as tasks:
        tasks.start_soon(end_on_signals, tasks.cancel_scope)
        own = await tasks.start(proxy.run, port, host)
        _tell(f"listening on {host}:{own}")
        await _take_orders(proxy)


async def _take_orders(proxy: Proxy) -> None:
    """Each is answered on standard error: `done`, or why not."""
    while line := await trio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True):
        if not line.strip():
            continue
        try:
            follow(proxy, line)
        except BadSetting as error:
            _tell(str(error))
        else:
            _tell(f"done, {len(proxy)} open")


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
