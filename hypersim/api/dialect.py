"""What a dialect is: a folder in `hypersim/dialects` that exports `DIALECT`.

The folder is the registry: a new dialect needs no list elsewhere to be edited.
"""

from collections.abc import Awaitable, Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import NamedTuple, cast

from hypersim.api.asgi import AsgiApp
from hypersim.api.services import Services


class Mounted(NamedTuple):
    """A dialect at work: its ASGI app, and what must run beside it (stream publishers)."""

    app: AsgiApp
    run: Callable[[], Awaitable[None]] | None = None


class Dialect(NamedTuple):
    """`prefix` is where the whole dialect is mounted; `root_paths` are served without it too."""

    name: str
    prefix: str
    root_paths: tuple[str, ...]
    build: Callable[[Services], Mounted]


def dialect_names(package: str) -> list[str]:
    """Every dialect of the package, sorted; none is loaded."""
    return sorted(module.name for module in iter_modules(import_module(package).__path__))


def load_dialects(package: str) -> list[Dialect]:
    """Every dialect of the package, by name."""
    names = dialect_names(package)
    return [cast(Dialect, import_module(f"{package}.{name}").DIALECT) for name in names]
