"""What the HTTP process is told at its start. Whoever starts it reads the conf; nothing here does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ocrm_api.access.conf import StaffConf
from ocrm_api.guard.conf import HttpLimits


@dataclass(frozen=True, slots=True)
class Settings:
    database_url: str = field(repr=False)
    hub_socket: Path
    """Where the running hub answers with its statistics."""
    numbers: Path | None = None
    """Where it is said how far numbers were given (`ecif.store.reserve`)."""
    systems: tuple[str, ...] = ()
    """Names, for metrics that have a figure for each."""
    certificates: Mapping[str, Path] = field(default_factory=dict)
    """By name: those whose expiry is a metric."""
    staff: StaffConf = field(default_factory=StaffConf)
    anchors: Path | None = None
    """File that gets the hourly heads of the audit trail; None: the database and the log only."""
    limits: HttpLimits = field(default_factory=HttpLimits)
    hosts: tuple[str, ...] = ("*",)
    """Names in `Host` that are answered, besides bare addresses; "*": any."""
    hub_seconds: float = 2.0
    """How long the hub may take to answer before it counts as silent."""
