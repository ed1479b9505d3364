"""What SIGINT and SIGTERM do to a command that has processes or figures to look after."""

import signal

import trio


async def end_on_signals(scope: trio.CancelScope) -> None:
    """Cancels `scope`, so that everything started inside ends before the command does."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()
