"""One JSON object per line on the standard output, ours and libraries' alike."""

import json
import logging.config
from collections.abc import Mapping, MutableMapping
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import structlog

from proconnect.kernel.traces import request_facts
from proconnect.observability.redaction import LONGEST_PLAIN, is_plainly_public, redacted

Line = MutableMapping[str, Any]

# What they say at INFO names URLs with their query, or repeats our own line of each request.
QUIETER = {"httpx": "WARNING", "httpcore": "WARNING", "django.request": "ERROR", "django.server": "ERROR"}


def configure(options: Mapping[str, str]) -> None:
    """Called by Django with its LOGGING setting: ``{"level": …}``."""
    logging.config.dictConfig(as_dict(options["level"]))
    structlog.configure(
        processors=PROCESSORS,
        logger_factory=logging.getLogger,
        wrapper_class=Journal,
        cache_logger_on_first_use=True,
    )


def as_dict(level: str) -> dict[str, Any]:
    """The same configuration for Django, gunicorn and Celery."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": OneLineEach,
                "foreign_pre_chain": ADDED_TO_EACH_LINE,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *TOLD, written],
            }
        },
        "handlers": {
            "stdout": {
                "class": "proconnect.observability.logs.Output",
                "stream": "ext://sys.stdout",
                "formatter": "json",
            }
        },
        "root": {"level": level, "handlers": ["stdout"]},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            **{name: {"handlers": [], "level": least, "propagate": True} for name, least in QUIETER.items()},
        },
    }


class Output(logging.StreamHandler[Any]):
    """Where lines go. One that is written already needs no record."""

    def put(self, line: str) -> None:
        with self.lock or nullcontext():
            self.stream.write(f"{line}\n")
            self.flush()


class OneLineEach(structlog.stdlib.ProcessorFormatter):
    """Ours come already written: they are many on the hot path, and pass by here for their handlers alone."""

    def format(self, record: logging.LogRecord) -> str:
        return record.getMessage() if "is_written" in record.__dict__ else super().format(record)


class Journal(structlog.stdlib.BoundLogger):
    """What the hot path says at INFO is written in one step; the rest goes by the processors, one by one."""

    def info(self, event: str | None = None, *values: Any, **facts: Any) -> None:
        logger: logging.Logger = self._logger
        if values or self._context or "exc_info" in facts or complete_and_write not in self._processors:
            super().info(event, *values, **facts)
        elif logger.isEnabledFor(logging.INFO):
            _put(logger, _line(logger.name, "info", {"event": event, **facts}))


def _line(logger: str, level: str, facts: Mapping[str, Any]) -> str:
    """One JSON object, each field written by itself: most of a request's were already, an instant ago."""
    at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    told = {**request_facts.get(), **facts, "level": level, "logger": logger}
    told.pop("at", None)
    return "{" + ", ".join([_field(name, value) for name, value in told.items()]) + f', "at": "{at}"}}'


def _field(name: str, value: Any) -> str:
    plain = _plain_field(name, value) if type(value) is str and len(value) <= LONGEST_PLAIN else None
    return plain or f"{_as_json(name)}: {_as_json(redacted(value, name))}"


@lru_cache(4096)  # the lines of one request repeat its facts
def _plain_field(name: str, value: str) -> str | None:
    """None when it must be looked at, or escaped."""
    return f'{_as_json(name)}: "{value}"' if is_plainly_public(name, value) else None


def _put(logger: logging.Logger, line: str) -> None:
    """Straight to our own output when nothing else listens."""
    match logging.root.handlers:
        case [Output() as output] if not logger.handlers:
            output.put(line)
        case _:
            record = logging.LogRecord(logger.name, logging.INFO, "", 0, line, None, None)
            record.is_written = True
            logger.handle(record)


def add_request_facts(logger: Any, method: str, line: Line) -> Line:
    for name, value in request_facts.get().items():
        line.setdefault(name, value)
    return line


def redact(logger: Any, method: str, line: Line) -> Line:
    return {
        name: value if is_plainly_public(name, value) else redacted(value, name)
        for name, value in line.items()
    }


def written(logger: Any, method: str, line: Line) -> str:
    return _as_json(line)


def complete_and_write(logger: logging.Logger, method: str, line: Line) -> tuple[tuple[str], dict[str, Any]]:
    """What the processors of other lines do one by one, at once: the message of the standard library's logger."""
    if "exc_info" in line:
        line = structlog.processors.format_exc_info(logger, method, line)
    return (_line(logger.name, LEVELS.get(method, method), line),), {"extra": ALREADY_WRITTEN}


ALREADY_WRITTEN = {"is_written": True}
LEVELS = {"exception": "error", "warn": "warning"}
_as_json = json.JSONEncoder(ensure_ascii=False, default=repr).encode
logging._srcfile = None  # noqa: SLF001  no line tells where in the code it was written
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # nor by which thread

ADDED_TO_EACH_LINE: list[structlog.typing.Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    add_request_facts,
]
TOLD: list[structlog.typing.Processor] = [structlog.processors.format_exc_info, redact]
# One list for good: a logger that has spoken keeps the list it was given, whatever is configured after.
PROCESSORS: list[structlog.typing.Processor] = [
    structlog.stdlib.filter_by_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    complete_and_write,
]
