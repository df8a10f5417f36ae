"""Logs for operators: events, ids of ours, error classes. Never words, names, numbers, chat ids or tokens.

An exception's text is not ours and may hold any of these, so only its class is logged.
"""

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

_SECRETS = re.compile(r"\d{6,}:[\w-]{30,}|(?<=token=)[^&\s]+")
_NOISY = ("httpx", "httpcore", "telegram", "apscheduler", "sqlalchemy", "aiosqlite", "markdown_it", "aiosmtplib")


def set_up(level: str = "INFO") -> None:
    """Send one line per event to stderr. The HTTP and Telegram libraries print tokens at INFO: they are held back."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(error)s", stream=sys.stderr, force=True)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_name_the_error)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _redact,
            structlog.dev.ConsoleRenderer(colors=False)
            if sys.stderr.isatty()
            else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # the one of the moment, not of the start
        cache_logger_on_first_use=False,
    )


def _name_the_error(record: logging.LogRecord) -> bool:
    """Leave the class of an exception and no traceback, which would end with the exception's text."""
    kind = record.exc_info[0] if record.exc_info else None
    record.error = kind.__name__ if kind else ""
    record.exc_info = record.exc_text = record.stack_info = None
    return True


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: _SECRETS.sub("…", value) if isinstance(value, str) else value for key, value in event.items()}
