"""How many bytes the process may have in hand."""

import trio


class Budget:
    """Bytes in hand in the whole process: half-received frames and messages that wait for their commit.

    Readers wait for room *before* they read on; what they then read may overdraw it by one read a connection.
    Where half-received frames hold all of it, one reader at a time goes on inside its frame without room, or
    they would wait for each other: each such turn ends with the frame or with the frame's deadline.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.taken = limit, 0
        self._lot = trio.lowlevel.ParkingLot()
        self._inside = trio.lowlevel.ParkingLot()
        """Those with a frame begun."""
        self._turn: object = None
        """Who goes on without room."""

    def hold(self, size: int) -> None:
        self.taken += size

    def give_back(self, size: int) -> None:
        self.taken -= size
        if self.taken < self.limit:
            self._inside.unpark_all()
            self._lot.unpark_all()
        elif self._turn is None:
            self._inside.unpark()

    async def wait_room(self) -> None:
        """For a frame that has not begun."""
        while self.taken >= self.limit:
            await self._lot.park()

    async def wait_more(self, reader: object) -> None:
        """For the rest of a frame."""
        while self.taken >= self.limit and self._turn is not reader:
            if self._turn is None:
                self._turn = reader
            else:
                await self._inside.park()

    def end_turn(self, reader: object) -> None:
        """Its frame is whole, or given up."""
        if self._turn is reader:
            self._turn = None
            self._inside.unpark()
