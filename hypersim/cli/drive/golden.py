"""What a bot did in one run, as text that two runs can be compared by.

A line for each request, then one for each fill. Time is no part of it, and what a bot or the
exchange makes up as it goes is numbered by its first appearance: two runs that do the same read the
same. Text, so that a version control system shows what became different.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

_TIMES = frozenset(("timestamp", "recvwindow", "starttime", "endtime", "since", "until", "id"))
_MADE_UP = re.compile(r"(?:order|list|client|strategy|trade)id$|clientorderid$|listenkey$", re.I)
_IN_PATH = re.compile(r"(/order/|/keys/)([^/]*\d[^/]*)")
"""Where the native API names an order or a key."""


class Difference(NamedTuple):
    """The first line in which two runs differ; None where one has no more."""

    line: int
    before: str | None
    now: str | None


def told(requests: Iterable[Mapping[str, Any]], fills: Iterable[Mapping[str, Any]]) -> list[str]:
    """The lines of a run. `requests` are those of `GET /admin/requests`, `fills` those of
    `GET /v1/myTrades`, both in their order."""
    names: dict[str, str] = {}
    return [*(_request(one, names) for one in requests), *(_fill(one, names) for one in fills)]


def first_difference(before: Iterable[str], now: Iterable[str]) -> Difference | None:
    """None where both are the same."""
    for number, (one, other) in enumerate(zip_longest(before, now), start=1):
        if one != other:
            return Difference(number, one, other)
    return None


def read(path: Path) -> list[str] | None:
    """The lines of an earlier run; None where there was none."""
    return path.read_text().splitlines() if path.exists() else None


def write(path: Path, lines: Iterable[str]) -> None:
    """Keep them for later runs."""
    path.write_text("".join(f"{line}\n" for line in lines))


def _request(request: Mapping[str, Any], names: dict[str, str]) -> str:
    path = _IN_PATH.sub(lambda found: found[1] + _name(found[2], names), request["path"])
    parameters = _flat(request.get("parameters") or {})
    shown = (
        f"{name}={_name(value, names) if _MADE_UP.search(name) else value}"
        for name, value in parameters
        if name.lower() not in _TIMES
    )
    return " ".join((request["method"], path, *sorted(shown)))


def _fill(fill: Mapping[str, Any], names: dict[str, str]) -> str:
    fee = fill.get("fee") or {}
    paid = (f"fee {fee['cost']} {fee['currency']}",) if fee else ()
    whose = _name(str(fill["order"]), names)
    what = f"{fill['symbol']} {fill['side']} {fill['amount']} at {fill['price']}"
    return " ".join(("fill of", whose, what, *paid))


def _name(value: str, names: dict[str, str]) -> str:
    return names.setdefault(value, f"#{len(names) + 1}")


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Names and values; a name within a name has a dot between them."""
    if isinstance(value, Mapping):
        for inner, part in value.items():
            yield from _flat(part, f"{name}.{inner}" if name else inner)
    elif isinstance(value, list):
        for part in value:
            yield from _flat(part, name)
    else:
        yield name, str(value)
