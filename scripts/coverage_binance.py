"""Writes docs/coverage/binance.md: which part of Binance's documents this exchange has.

Run by `make docs`, as `python -m scripts.coverage_binance`.

docs/coverage/binance.toml lists what the documents name, each with `full` (or `full: what is
announced not to be there`), `partial: what is missing` or `none: why`. The code is asked whether
that can be true: where an endpoint has no operation, an operation no line or an error nobody who
raises it, that is printed, nothing is written, and the script ends with 1.
"""

import sys
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from hypersim.dialects.binance.streams.names import Kind as StreamKind
from scripts import binance_names as code

ROOT = Path(__file__).parents[1]
DATA = ROOT / "docs/coverage/binance.toml"
PAGE = ROOT / "docs/coverage/binance.md"


class Kind(StrEnum):
    """The tables of the data file."""

    REST = "rest"
    METHODS = "methods"
    STREAMS = "streams"
    STREAM_REQUESTS = "stream_requests"
    EVENTS = "events"
    ORDER_TYPES = "order_types"
    FILTERS = "filters"
    ERRORS = "errors"
    MESSAGES = "messages"


TITLES = {
    Kind.REST: "REST endpoints",
    Kind.METHODS: "WebSocket API methods",
    Kind.STREAMS: "Market streams",
    Kind.STREAM_REQUESTS: "Requests on a stream connection",
    Kind.EVENTS: "User data events",
    Kind.ORDER_TYPES: "Order types",
    Kind.FILTERS: "Filters",
    Kind.ERRORS: "Error codes",
    Kind.MESSAGES: "Messages of the matching engine",
}

INTRODUCTION = """\
# Binance Spot: what is here

Written by `make docs` from [binance.toml](binance.toml); a test fails when this page is stale, when
the data disagrees with the code, or when an endpoint or method has no test.

Documents: {source}.

**full**: as documented; a note says what the exchange announces not to have, which is answered as
documented too. **partial**: the note says what is missing. **none**: not here, the note says why.
The FIX API and SBE encodings are not here at all.
"""


class Status(StrEnum):
    """How much of it is there."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


class BadData(Exception):
    """The data file is not as it must be; the message names the key."""


class Row(NamedTuple):
    """One thing that the documents name. `note` says what is missing or announced not to be there,
    or why there is none."""

    kind: Kind
    section: str
    name: str
    status: Status
    note: str

    @property
    def key(self) -> str:
        """The name in code. An error is listed with its number and its word."""
        return self.name.partition(" ")[0] if self.kind is Kind.ERRORS else self.name


class Data(NamedTuple):
    """The data file. `source` says which documents, as of when."""

    source: str
    rows: list[Row]

    def of(self, kind: Kind) -> list[Row]:
        """The rows of one table."""
        return [row for row in self.rows if row.kind is kind]


def read_data(text: str) -> Data:
    """The data file. Raises BadData; a name that is there twice is no TOML."""
    document = tomllib.loads(text)
    source = document.pop("documents")
    if unknown := document.keys() - set(Kind):
        raise BadData(f"unknown tables: {', '.join(sorted(unknown))}")
    rows = [
        _row(Kind(kind), section, name, state)
        for kind, sections in document.items()
        for section, lines in sections.items()
        for name, state in lines.items()
    ]
    seen: set[tuple[Kind, str]] = set()
    for row in rows:
        if (row.kind, row.key) in seen:
            raise BadData(f"{row.name}: listed twice")
        seen.add((row.kind, row.key))
    return Data(f"{source['name']} as of {source['date']}", rows)


def _row(kind: Kind, section: str, name: str, state: str) -> Row:
    word, _, note = state.partition(": ")
    if word not in set(Status):
        raise BadData(f"{name}: {word!r} is none of {', '.join(Status)}")
    if word != Status.FULL and not note:
        raise BadData(f"{name}: {word} needs a note")
    return Row(kind, section, name, Status(word), note)


def disagreements(data: Data) -> list[str]:
    """Where the data file says something that the code does not bear out."""
    wrong = []
    for kind in Kind:
        rows = data.of(kind)
        built = _built(kind, rows)
        for row in rows:
            if row.key in built and row.status is Status.NONE:
                wrong.append(f"{row.name}: said to be none, but the code has it")
            elif row.key not in built and row.status is not Status.NONE:
                wrong.append(f"{row.name}: said to be {row.status}, but the code has none")
        # Of texts, the code has more than those that are listed.
        if kind not in (Kind.ORDER_TYPES, Kind.MESSAGES):
            unlisted = built - {row.key for row in rows}
            wrong += [f"{name}: in the code, but not in the data" for name in sorted(unlisted)]
    return [*wrong, *_halves(data), *_unheard_streams(data)]


def _built(kind: Kind, rows: list[Row]) -> set[str]:
    match kind:
        case Kind.REST:
            return code.rest_endpoints()
        case Kind.METHODS:
            return code.methods()
        case Kind.STREAMS:
            return {row.key for row in rows if code.has_stream(row.name)}
        case Kind.STREAM_REQUESTS:
            return code.stream_requests()
        case Kind.EVENTS:
            return code.events()
        case Kind.ORDER_TYPES:
            return code.order_types()
        case Kind.FILTERS:
            return code.filters().shown | code.filters().refusing
        case Kind.ERRORS:
            return code.error_codes()
        case Kind.MESSAGES:
            return code.texts_in_code()


def _halves(data: Data) -> Iterator[str]:
    """Filters that only do half of what a filter does."""
    filters = code.filters()
    for row in data.of(Kind.FILTERS):
        if row.status is Status.FULL and row.key not in filters.shown & filters.refusing:
            yield f"{row.name}: said to be full, but not both shown and named by an error"


def _unheard_streams(data: Data) -> Iterator[str]:
    listed = {kind for row in data.of(Kind.STREAMS) for kind in code.stream_kinds(row.name)}
    for kind in StreamKind:
        if kind not in listed:
            yield f"{kind.name}: in the code, but no stream in the data tells it"


def page(data: Data) -> str:
    """The whole page."""
    parts = [INTRODUCTION.format(source=data.source), _summary(data)]
    for kind in Kind:
        parts.append(f"## {TITLES[kind]}\n")
        sections = dict.fromkeys(row.section for row in data.of(kind))
        for section in sections:
            rows = [row for row in data.of(kind) if row.section == section]
            heading = f"### {section}\n\n" if section else ""
            parts.append(heading + _table(rows))
    return "\n".join(parts)


def _summary(data: Data) -> str:
    lines = ["| | full | partial | none |", "| --- | ---: | ---: | ---: |"]
    for kind in Kind:
        statuses = [row.status for row in data.of(kind)]
        counts = " | ".join(str(statuses.count(status)) for status in Status)
        anchor = TITLES[kind].lower().replace(" ", "-")
        lines.append(f"| [{TITLES[kind]}](#{anchor}) | {counts} |")
    return "\n".join(lines) + "\n"


def _table(rows: list[Row]) -> str:
    lines = ["| | | |", "| --- | --- | --- |"]
    lines += [f"| `{row.name}` | {row.status} | {row.note} |" for row in rows]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the page, unless the data cannot be true."""
    try:
        data = read_data(DATA.read_text())
    except (BadData, tomllib.TOMLDecodeError) as error:
        print(f"{DATA.name}: {error}", file=sys.stderr)
        return 1
    wrong = disagreements(data)
    for line in wrong:
        print(f"{DATA.name}: {line}", file=sys.stderr)
    if wrong:
        return 1
    PAGE.write_text(page(data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
