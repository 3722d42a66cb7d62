"""Logs for people: one line each, on stderr."""

import logging
import sys

import structlog

from hypersim.cli.quiet_lines import QuietLines, QuietRecords


def set_up_logs(level: str) -> None:
    """structlog and the standard library's loggers, from `level` on."""
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(
        level=number, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s"
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(QuietRecords())
    # Libraries speak up when something is wrong; what is normal the server says itself.
    for name in ("alembic", "uvicorn", "httpx", "websockets", "ccxt"):
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    structlog.configure(
        processors=[
            QuietLines(),
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
