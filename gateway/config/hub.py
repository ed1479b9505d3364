"""The sections of `hub.toml`: what the hub itself may use and where it keeps things."""

from pathlib import Path
from socket import gethostname
from typing import Literal

from pydantic import Field

from gateway.config.values import Address, Count, Days, Nice, Seconds, Section, Switch, Text, split_address
from ocrm_api.guard.conf import HttpLimits


class Database(Section):
    url: Text = Field(default="sqlite:///var/ecif.db", repr=False)
    """SQLAlchemy URL. The environment variable ECIF_DATABASE_URL wins over it."""
    connections: Count = 10
    """Open at most, by one process; not of SQLite, as the rest here."""
    pool_seconds: Seconds = 10
    """How long a connection is waited for when all are in use."""
    connect_seconds: Seconds = 5
    statement_seconds: Seconds = 60
    """A statement that takes longer is ended, and its batch tried again."""
    idle_seconds: Seconds = 300
    """A connection that was not used for so long is opened anew."""


class Intake(Section):
    """Group commit: a batch is closed by whichever limit is reached first."""

    batch_messages: Count = 256
    batch_bytes: Count = 1_000_000
    batch_milliseconds: float = Field(default=5, ge=0, le=1000, strict=True)
    """How long the first message of a batch waits for company; 0: not at all."""
    queue_messages: Count = 2048
    """Messages waiting for a batch; when full, sockets are not read."""


class Limits(Section):
    """What strangers and slow peers may use up."""

    connections: Count = 4096
    connections_per_address: Count = 1024
    arrivals_per_address: Count = 5000
    """New connections of one address in a second; more are closed without a word."""
    refused_sign_ons: Count = 100
    """Of one address at one system within `lock_out_seconds`: then it is locked out for as long."""
    lock_out_seconds: Seconds = 60
    bytes_in_flight: Count = 64_000_000
    """One budget for all partly received frames and waiting messages of the process."""
    handshake_seconds: Seconds = 5
    frame_seconds: Seconds = 10
    """A frame must be complete this long after its first byte."""
    frame_bytes_per_second: Count = 50
    """A frame that comes more slowly than this, after half of that time, is not waited for any longer."""
    write_seconds: Seconds = 10
    """A peer that does not read for this long is closed."""


class DeliveryLimits(Section):
    backoff_first_seconds: Seconds = 1
    backoff_cap_seconds: Seconds = 300
    poll_seconds: Seconds = 1
    """How soon work committed by another process is noticed."""


class Instances(Section):
    """Several hubs on one database, not SQLite: pushes to a system leave from one of them (a lease)."""

    name: Text | None = None
    """What this one is called, as long as it lives and in its next life; else its host and folder."""
    lease_seconds: Seconds = 10
    """How long after the death of one another takes over. It is renewed after a third."""


class HttpTls(Section):
    certificate: Path
    key: Path


class Http(Section):
    address: Address = "127.0.0.1:8080"
    start: Switch = True
    """Whether `ecif serve` starts and watches the HTTP process."""
    workers: Count = 1
    """Processes that answer, on one port: each can keep one core busy."""
    nice: Nice = 10
    """How far they give way to the hub where processor time is short."""
    hosts: tuple[Text, ...] = ("localhost",)
    """Names under which it is reached, besides bare addresses; "*": any."""
    proxies: tuple[Text, ...] = ()
    """Addresses of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed."""
    limits: HttpLimits = HttpLimits()
    tls: HttpTls | None = None

    @property
    def host(self) -> str:
        return split_address(self.address)[0]

    @property
    def port(self) -> int:
        return split_address(self.address)[1]


class Log(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"


class Run(Section):
    directory: Path = Path("var")
    """Where the hub's socket and fault reports go; relative paths start at the working directory."""
    drain_seconds: Seconds = 20
    """How long SIGTERM waits for open requests."""

    @property
    def anchors(self) -> Path:
        """Gets the heads of the audit trail once an hour (docs/access.md)."""
        return self.directory / "trail-anchors.jsonl"

    @property
    def socket(self) -> Path:
        """Where the running hub hands out its statistics."""
        return self.directory / "hub.sock"

    @property
    def control(self) -> Path:
        """Where it takes orders: to pause a system, to go on."""
        return self.directory / "control.sock"

    @property
    def pauses(self) -> Path:
        """Where it is said which systems are pushed nothing."""
        return self.directory / "paused.json"

    @property
    def numbers(self) -> Path:
        """Where it is said how far numbers were given: outside the database, which may be restored."""
        return self.directory / "numbers.json"


class History(Section):
    """How change events are proven (docs/history.md)."""

    hashing: Literal["sha256", "sm3"] = "sha256"
    anchor_minutes: Count = 60
    """How often the heads of all chains that grew are anchored."""
    keys: tuple[Text, ...] = Field(default=(), repr=False)
    """Secrets that sign anchors and checkpoints; the first signs, all are known when they are checked."""


class Retention(Section):
    """What `ecif db prune` takes away; 0: kept for ever."""

    message_body_days: Days = 0
    """Raw bytes of messages. Their rows in the journal stay."""
    history_days: Days = 0
    """Change events: what held at the beginning of that time stays known."""


class HubConf(Section):
    """`hub.toml`. Every section may be left out; its defaults are the ones below."""

    database: Database = Database()
    intake: Intake = Intake()
    limits: Limits = Limits()
    delivery: DeliveryLimits = DeliveryLimits()
    instances: Instances = Instances()
    http: Http = Http()
    log: Log = Log()
    run: Run = Run()
    history: History = History()
    retention: Retention = Retention()

    @property
    def holder(self) -> str:
        """What it is called where several share a database."""
        return self.instances.name or f"{gethostname()}:{self.run.directory.resolve()}"
