"""What a dialect is: a folder in `hypersim/dialects` that exports `DIALECT`.

The folder is the registry: a new dialect needs no list elsewhere to be edited.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import NamedTuple, cast

from hypersim.api.services import Services
from hypersim.edge.asgi import AsgiApp

Background = Sequence[Callable[[], Coroutine[None, None, None]]]
"""What runs beside the answering of requests (followers, publishers), each until canceled."""


class Mounted(NamedTuple):
    """A dialect at work: its ASGI app, and what must run beside it."""

    app: AsgiApp
    background: Background = ()

    async def run(self) -> None:
        """All of the background, until canceled."""
        async with asyncio.TaskGroup() as tasks:
            for work in self.background:
                tasks.create_task(work())


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
