"""Logs for people: one line each, on stderr."""

import logging
import sys

import structlog


def set_up_logs(level: str) -> None:
    """structlog and the standard library's loggers, from `level` on."""
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(
        level=number, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s"
    )
    # Libraries speak up when something is wrong; what is normal the server says itself.
    for name in ("alembic", "uvicorn", "httpx", "websockets", "ccxt"):
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=True),
            # A traceback with the values of variables would show secrets and request bodies.
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
