"""A TCP proxy that keeps its connections in any weather you like, to see what both ends make of it.

    client ── to_server ──▶ server        each direction with faults of its own (`gateway.faultproxy.faults`),
           ◀── to_client ──               changeable while it runs

What is done to whole connections: `reset` cuts them with a TCP reset (SO_LINGER 0); `half_open` takes the
client away and tells the server nothing, as a host that lost its power does; `refusing` resets newcomers;
`life_seconds` resets each so long after it came (flapping). It knows nothing of what passes through.
"""

import contextlib
import random
import socket
import struct

import trio

from gateway.faultproxy.way import Setting, Way

BACKLOG = 1024
_RESET = struct.pack("ii", 1, 0)
BROKEN = (OSError, trio.BrokenResourceError, trio.ClosedResourceError)


class Proxy:
    """`port = await nursery.start(proxy.run)`; ends when cancelled."""

    def __init__(self, host: str, port: int, *, seed: int = 1) -> None:
        """Where connections are passed on to. `seed`: of jitter."""
        self._host, self._port = host, port
        self._chance = random.Random(seed)
        self.to_server, self.to_client = Setting(), Setting()
        self.refusing = False
        self.life_seconds = 0.0
        """0: as long as both ends like."""
        self.connections = 0
        """So many have come."""
        self._links: set[_Link] = set()

    def __repr__(self) -> str:
        return f"<Proxy to {self._host}:{self._port} {len(self._links)} open>"

    async def run(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        *,
        task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Listen there until cancelled; 0 is any free port, and told."""
        listeners = await trio.open_tcp_listeners(port, host=host, backlog=BACKLOG)
        async with trio.open_nursery() as tasks:
            own = listeners[0].socket.getsockname()[1]
            tasks.start_soon(trio.serve_listeners, self._come, listeners)
            task_status.started(own)

    def __len__(self) -> int:
        """How many connections are open."""
        return len(self._links)

    def reset(self) -> None:
        """All that are open, both ends."""
        for link in tuple(self._links):
            link.reset()

    def half_open(self) -> None:
        """The clients of all that are open are gone; the server hears nothing, neither data nor the end."""
        for link in tuple(self._links):
            link.lose_client()

    async def _come(self, client: trio.SocketStream) -> None:
        self.connections += 1
        if self.refusing:
            return _reset(client)
        try:
            with trio.fail_after(10):
                server = await trio.open_tcp_stream(self._host, self._port)
        except (OSError, trio.TooSlowError):
            return _reset(client)
        link = _Link(client, server, self)
        self._links.add(link)
        try:
            await link.run()
        finally:
            self._links.discard(link)
        return None

    def way(
        self, source: trio.SocketStream, target: trio.SocketStream, setting: Setting, link: "_Link"
    ) -> Way:
        return Way(source, target, setting, reset=link.reset, chance=self._chance)


class _Link:
    """One connection, client to server."""

    def __init__(self, client: trio.SocketStream, server: trio.SocketStream, proxy: Proxy) -> None:
        self._client, self._server, self._proxy = client, server, proxy
        self._scope, self._flow = trio.CancelScope(), trio.CancelScope()
        self._lost = False

    async def run(self) -> None:
        """Until both directions have ended, or it was reset."""
        if self._proxy.life_seconds:
            self._scope.deadline = trio.current_time() + self._proxy.life_seconds
        try:
            with self._scope:
                with self._flow:
                    await self._pass_on()
                if self._lost:
                    await trio.sleep_forever()
        finally:
            for end in (self._client, self._server):
                if self._scope.cancel_called:
                    _reset(end)
                else:
                    end.socket.close()

    def reset(self) -> None:
        self._scope.cancel()

    def lose_client(self) -> None:
        self._lost = True
        self._flow.cancel()
        _reset(self._client)

    async def _pass_on(self) -> None:
        there = self._proxy.way(self._client, self._server, self._proxy.to_server, self)
        back = self._proxy.way(self._server, self._client, self._proxy.to_client, self)
        async with trio.open_nursery() as ways:
            for way in (there, back):
                ways.start_soon(self._guard, way)

    async def _guard(self, way: Way) -> None:
        """One end broke: so does the other."""
        try:
            await way.run()
        except* BROKEN:
            if not self._lost:
                self.reset()


def _reset(stream: trio.SocketStream) -> None:
    with contextlib.suppress(OSError):
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    stream.socket.close()
