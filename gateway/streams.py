"""The only file that receives and sends; `gateway.sockets` has the streams it does it with.

A `Wire` is a stream with the hub's rules for it:

- whatever goes wrong on it is one exception, `WireBroken`, with a short reason for log and counter;
- a send that failed, was cancelled or took longer than the write deadline has perhaps sent part of a frame,
  so it poisons the wire: nothing is sent on it afterwards;
- the end of the other side's writing is `b""`, with TLS also where the peer left without saying goodbye.

What the bytes mean is not known here.
"""

import contextlib
import ssl

import trio

from gateway.sockets import ReadyStream, TlsStream
from gateway.tls import refusal_of

CLOSE_SECONDS = 1.0
"""How long saying goodbye may take."""
MOST_DROPPED = 1_000_000
"""Bytes read and dropped while parting; a peer that sends more is cut."""


class WireBroken(Exception):
    """The connection cannot be used any more; `reason` is one of a few fixed words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Wire:
    """One open connection: bytes in, bytes out."""

    def __init__(self, stream: trio.abc.Stream, *, peer: str, write_seconds: float) -> None:
        self._stream = stream
        self._write_seconds = write_seconds
        self._poison = ""
        self.peer = peer

    def __repr__(self) -> str:
        return f"<Wire {self.peer}{' ' + self._poison if self._poison else ''}>"

    async def receive(self) -> bytes:
        """What has come, at least one byte; empty when the peer has finished writing."""
        try:
            data = await self._stream.receive_some()
        except trio.BrokenResourceError as error:
            raise WireBroken("reset") from error
        except trio.ClosedResourceError as error:
            raise WireBroken("closed") from error
        return data if isinstance(data, bytes) else bytes(data)

    def receive_at_once(self) -> bytes:
        """What has come already; empty when that is nothing, or something that `receive` has to tell."""
        if not isinstance(self._stream, ReadyStream):
            return b""
        try:
            data = self._stream.receive_now()
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return b""
        return data

    async def send(self, data: bytes) -> None:
        """All of it, or the wire is finished."""
        if self._poison:
            raise WireBroken(self._poison)
        count = self.send_at_once(data)
        if count == len(data):
            return
        self._poison = "interrupted send"  # until it went through: also when this task is cancelled in it
        try:
            with trio.move_on_after(self._write_seconds) as deadline:
                await self._stream.send_all(data[count:])
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            self._poison = "reset"
            raise WireBroken(self._poison) from error
        if deadline.cancelled_caught:
            self._poison = "write deadline"
            raise WireBroken(self._poison)
        self._poison = ""

    def send_at_once(self, data: bytes) -> int:
        """How many of these bytes the kernel took without waiting; the rest is for `send`, and goes first.

        Most replies fit into the socket's buffer: for them no task need be woken. An error is left to `send`,
        which meets it again and says what it is.
        """
        if self._poison or not isinstance(self._stream, ReadyStream):
            return 0
        try:
            count = self._stream.send_now(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return 0
        return count

    async def part(self, seconds: float) -> None:
        """Say that nothing more will come, and read what the peer still sends until it leaves too.

        Closing a socket with unread bytes in it sends a reset, which may overtake the last reply.
        """
        with trio.move_on_after(seconds), contextlib.suppress(WireBroken, trio.BrokenResourceError, OSError):
            await self.finish_writing()
            await self.wait_end()

    async def finish_writing(self) -> None:
        """Say that nothing more will come, where a stream can say so for one side."""
        if isinstance(self._stream, trio.abc.HalfCloseableStream) and not self._poison:
            await self._stream.send_eof()

    async def wait_end(self) -> None:
        """Read and drop until the peer has finished writing."""
        dropped = 0
        while dropped < MOST_DROPPED and (data := await self.receive()):
            dropped += len(data)

    async def close(self) -> None:
        """Always ends, never raises; a poisoned wire is cut without a goodbye."""
        if isinstance(self._stream, ReadyStream):
            return self._stream.close()
        with trio.move_on_after(0 if self._poison else CLOSE_SECONDS) as scope:
            scope.shield = True
            with contextlib.suppress(OSError, trio.BrokenResourceError, trio.ClosedResourceError):
                await self._stream.aclose()
        return None


async def shake_hands(stream: TlsStream, *, seconds: float) -> None:
    """The TLS handshake within its deadline. WireBroken names the reason, never falls back to plain."""
    try:
        with trio.fail_after(seconds):
            await stream.do_handshake()
    except trio.TooSlowError:
        raise WireBroken("tls deadline") from None
    except trio.BrokenResourceError as error:
        raise WireBroken(_handshake_reason(error.__cause__)) from error


def _handshake_reason(cause: BaseException | None) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return refusal_of(cause)
    if isinstance(cause, ssl.SSLEOFError) or not isinstance(cause, ssl.SSLError):
        return "tls given up"
    reasons = {
        "HTTP_REQUEST": "tls expected",
        "WRONG_VERSION_NUMBER": "tls expected",
        "PEER_DID_NOT_RETURN_A_CERTIFICATE": "tls certificate missing",
        "UNSUPPORTED_PROTOCOL": "tls too old",
    }
    return reasons.get(cause.reason or "", "tls failed")
