"""One JSON object per line on the standard output, ours and libraries' alike."""

import json
import logging.config
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog

from proconnect.kernel.traces import request_facts
from proconnect.observability.redaction import is_plainly_public, redacted

Line = MutableMapping[str, Any]

# What they say at INFO names URLs with their query, or repeats our own line of each request.
QUIETER = {"httpx": "WARNING", "httpcore": "WARNING", "django.request": "ERROR", "django.server": "ERROR"}


def configure(options: Mapping[str, str]) -> None:
    """Called by Django with its LOGGING setting: ``{"level": …}``."""
    logging.config.dictConfig(as_dict(options["level"]))
    structlog.configure(
        processors=PROCESSORS,
        logger_factory=logging.getLogger,
        wrapper_class=structlog.stdlib.BoundLogger,
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
                "class": "logging.StreamHandler",
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


class OneLineEach(structlog.stdlib.ProcessorFormatter):
    """Ours come already written: they are many on the hot path, and pass by here for their handlers alone."""

    def format(self, record: logging.LogRecord) -> str:
        return record.getMessage() if "is_written" in record.__dict__ else super().format(record)


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
    add_request_facts(logger, method, line)
    line = redact(logger, method, structlog.processors.format_exc_info(logger, method, line))
    line["level"] = LEVELS.get(method, method)
    line["logger"] = logger.name
    line["at"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
    return (_as_json(line),), {"extra": ALREADY_WRITTEN}


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
