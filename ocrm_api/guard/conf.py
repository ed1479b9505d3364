"""`[http.limits]` of hub.toml: what clients may use up. All are per process."""

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, Strict

Count: TypeAlias = Annotated[int, Strict(), Field(ge=1)]
Seconds: TypeAlias = Annotated[float, Strict(), Field(gt=0, le=3600)]


class HttpLimits(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    connections: Count = 1024
    connections_per_address: Count = 256
    header_bytes: Count = 32_768
    """Of one request's line and headers."""
    body_bytes: Count = 1_000_000
    header_seconds: Seconds = 10
    """From a request's first byte to the last of its headers; TLS included for the first one."""
    body_seconds: Seconds = 30
    """From there to the last byte of its body."""
    write_seconds: Seconds = 30
    """A client that does not read for this long is cut."""
    keep_alive_seconds: Count = 15
    requests_per_second: Count = 5_000
    """From one address; ten seconds' worth may come at once, here and below."""
    session_requests_per_second: Count = 50
    """Of one logged-in member of staff."""
    token_requests_per_second: Count = 5_000
    """Of one account by its tokens."""
    refusals_per_second: Count = 20
    """From one address that shows no or wrong credentials: each of them is written to the trail."""
