"""Structured logs: one JSON object a line on standard error.

Events are fixed names with keys, bound once per session and message. No event carries a customer's value, and
exceptions are rendered by `safe_trace`, without their texts. Libraries that log through the standard
library come out in the same form, from warnings up.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog

from gateway.telemetry.outlet import Outlet
from gateway.telemetry.traces import safe_trace


def set_up_logs(level: str) -> None:
    """For a process of its own; called once, before anything logs. Standard error is an Outlet then."""
    sys.stderr = outlet = cast(TextIO, Outlet(sys.stderr.fileno()))
    structlog.configure(
        processors=[_enough, *_shared(), structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.WriteLoggerFactory(file=outlet),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(outlet)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared(),
            processors=[
                _without_text,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    handler.setLevel(logging.WARNING)  # of what libraries say
    logging.basicConfig(handlers=[handler], force=True)
    set_level(level)


def lines_dropped() -> int:
    """By this process, because they could not leave."""
    return sys.stderr.dropped if isinstance(sys.stderr, Outlet) else 0


def set_level(level: str) -> None:
    """At any time."""
    logging.root.setLevel(level.upper())


def _enough(_logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if logging.getLevelNamesMapping()[name.upper()] < logging.root.level:
        raise structlog.DropEvent
    return event


def _shared() -> list[structlog.types.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _render_exception,
    ]


def _render_exception(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["trace"] = safe_trace(error)
    return event


def _without_text(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What a library puts into its text may be anything: the text without it, and who said it, must do."""
    record: logging.LogRecord = event["_record"]
    return {**event, "event": "library", "library": record.name, "message": str(record.msg)}
