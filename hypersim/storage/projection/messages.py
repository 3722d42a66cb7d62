"""What a server and the process that projects for it tell each other: JSON, one message a line."""

from typing import Any

import msgspec

from hypersim.storage.connection import ConnectionSettings
from hypersim.storage.growth.keeping import Keeping
from hypersim.storage.ownership import Owner


class Start(msgspec.Struct, frozen=True):
    """To the process, first of all: where the database is, for whom it projects, and how much of
    the journal it keeps."""

    settings: ConnectionSettings
    owner: Owner
    keeping: Keeping


class News(msgspec.Struct, frozen=True):
    """To the process: up to event `seq` all is in the journal. `since_s`: since when the oldest is
    there that the tables do not show, by the machine's monotonic clock; None if they show all."""

    seq: int
    since_s: float | None


class Position(msgspec.Struct, frozen=True, tag="position"):
    """From the process: the tables stand there."""

    seq: int


class Stopped(msgspec.Struct, frozen=True, tag="stopped"):
    """From the process: the tables follow no more."""

    reason: str


class NoDatabase(msgspec.Struct, frozen=True, tag="no database"):
    """From the process: the database is away, and should be started if it is the server's own."""


class Alive(msgspec.Struct, frozen=True, tag="alive"):
    """From the process: it does not stand still."""


class Line(msgspec.Struct, frozen=True, tag="line"):
    """From the process: a line for the server's log."""

    level: str
    event: str
    fields: dict[str, str]


Report = Position | Stopped | NoDatabase | Alive | Line

_encoder = msgspec.json.Encoder()
_start = msgspec.json.Decoder(Start)
_news = msgspec.json.Decoder(News)
_report = msgspec.json.Decoder(Report)


def line_of(message: Start | News | Report) -> bytes:
    """As it is sent."""
    return _encoder.encode(message) + b"\n"


def start_in(line: bytes) -> Start:
    """What the line says."""
    return _start.decode(line)


def news_in(line: bytes) -> News:
    """What the line says."""
    return _news.decode(line)


def report_in(line: bytes) -> Any:
    """The `Report` that it is."""
    return _report.decode(line)
