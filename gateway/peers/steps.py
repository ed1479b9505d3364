"""What the clerks of a system do: many things at once, but one customer number one step at a time."""

from collections import deque
from collections.abc import Awaitable, Callable

import trio

from gateway.peers.population import Step


class Steps:
    def __init__(self, do: Callable[[Step], Awaitable[None]], at_once: int) -> None:
        self._do = do
        self._queues: dict[str, deque[Step]] = {}
        self._places = trio.Semaphore(at_once)
        self.open = 0
        """Submitted and not yet done."""
        self._done = trio.Event()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as self._nursery:
            task_status.started()
            await trio.sleep_forever()

    async def submit(self, step: Step) -> None:
        """Waits for a free place; steps of one customer number are taken in the order submitted."""
        self.open += 1
        await self._places.acquire()
        queue = self._queues.get(step.customer_no)
        if queue is not None:
            queue.append(step)
            return
        self._queues[step.customer_no] = deque((step,))
        self._nursery.start_soon(self._serve, step.customer_no)

    async def wait_done(self) -> None:
        """Until everything submitted is done."""
        while self.open:
            await self._done.wait()

    async def _serve(self, customer_no: str) -> None:
        queue = self._queues[customer_no]
        while queue:
            await self._do(queue.popleft())
            self._places.release()
            self.open -= 1
            self._done.set()
            self._done = trio.Event()
        del self._queues[customer_no]
