"""What a unified method asks for: the language between the methods and the flavours."""

from collections.abc import Generator
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Call(NamedTuple):
    """One request; its answer is sent back, decoded."""

    api: str
    method: str
    path: str
    params: dict[str, Any]


class LoadMarkets(NamedTuple):
    """Have the markets loaded, if they are not."""


Step = Call | LoadMarkets

Flow = Generator[Step, Any, T]
"""A unified method on its way to a `T`: yields what it needs and is sent the answers."""


def get(path: str, params: dict[str, Any]) -> Call:
    """An unsigned request."""
    return Call("public", "GET", path, params)


def signed(method: str, path: str, params: dict[str, Any]) -> Call:
    """A signed one."""
    return Call("private", method, path, params)


def given(**values: Any) -> dict[str, Any]:
    """Those that were given."""
    return {name: value for name, value in values.items() if value is not None}
