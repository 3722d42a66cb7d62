"""Where prices come from. The folder is the registry.

A feed is a module here that defines `build(options: FeedOptions) -> Feed`, under its own name. A
feed whose time does not start now also defines `start_ms(argument: str) -> int`.
"""

import re
from collections.abc import Callable
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import ModuleType
from typing import cast

import msgspec

from hypersim.feeds.options import FeedOptions
from hypersim.service.feed import Feed

_BUILD = re.compile(r"^def build\(", re.MULTILINE)


def names() -> tuple[str, ...]:
    """Every feed, sorted. The modules are read, not imported: one alone takes a second to load."""
    return tuple(
        sorted(
            entry.name.removesuffix(".py")
            for entry in files(__name__).iterdir()
            if _BUILD.search(_source_of(entry))
        )
    )


def _source_of(entry: Traversable) -> str:
    if entry.is_dir():
        entry = entry / "__init__.py"
    elif entry.name == "__init__.py" or not entry.name.endswith(".py"):
        return ""
    return entry.read_text(encoding="utf-8") if entry.is_file() else ""


def build(spec: str, options: FeedOptions) -> Feed:
    """The feed that `spec` names, such as `synthetic` or `replay:PATH`.

    Raises LookupError for a name that is not a feed, and whatever the feed itself raises:
    FeedUnavailable for an argument that it cannot use.
    """
    name, _, argument = spec.partition(":")
    make = cast(Callable[[FeedOptions], Feed], _module(name).build)
    return make(msgspec.structs.replace(options, argument=argument))


def timeline_start_ms(spec: str) -> int | None:
    """When the exchange's time starts under this feed: a recording says so, None means now.

    Raises what `build` raises.
    """
    name, _, argument = spec.partition(":")
    start_ms = cast(Callable[[str], int] | None, getattr(_module(name), "start_ms", None))
    return start_ms(argument) if start_ms else None


def has_depth(spec: str) -> bool:
    """Whether the feed shows sizes level by level; a module without them says `HAS_DEPTH = False`.

    Raises LookupError for a name that is not a feed.
    """
    return bool(getattr(_module(spec.partition(":")[0]), "HAS_DEPTH", True))


def is_live(spec: str) -> bool:
    """Whether the feed's prices are those of now; such a module says `IS_LIVE = True`.

    Raises LookupError for a name that is not a feed.
    """
    return bool(getattr(_module(spec.partition(":")[0]), "IS_LIVE", False))


def has_end(spec: str) -> bool:
    """Whether the feed is over some day; such a module says `HAS_END = True`.

    Raises LookupError for a name that is not a feed.
    """
    return bool(getattr(_module(spec.partition(":")[0]), "HAS_END", False))


def _module(name: str) -> ModuleType:
    known = names()
    if name not in known:
        raise LookupError(f"there is no feed {name!r}; there are: {', '.join(known)}")
    return import_module(f"{__name__}.{name}")
