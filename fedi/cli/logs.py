"""How fedi's processes log: one line an event, as text or JSON, on stderr, and never content.

What somebody wrote must not end up in a log: errors are told by their kind and the lines they came
through, requests are not logged at all.
"""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from fedi.config import Settings
from fedi.errors import where

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
# Theirs at debug level tell of headers, file names and rows.
_CHATTY = ("PIL", "aiohttp", "asyncio", "asyncpg", "httpsig", "pyld")


def configure(settings: Settings) -> None:
    """Call once, at the start of a process that stays."""
    as_json = settings.log_format == "json"
    end: Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                without_content,
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, end],
        )
    )
    logging.basicConfig(handlers=[handler], level=LEVELS[settings.log_level], force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.INFO, LEVELS[settings.log_level]))


def without_content(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """An exception becomes its kind and place; a library's story is cut after its first line.

    The text of an exception may quote a post, and asyncio prints whole exceptions in its second
    line.
    """
    failure = event.pop("exc_info", None)
    error = failure[1] if isinstance(failure, tuple) else failure
    if isinstance(error, BaseException):
        event["error"] = where(error)
    event.pop("stack_info", None)
    lines = str(event.get("event", "")).splitlines()
    event["event"] = lines[0] if lines else ""
    return event
