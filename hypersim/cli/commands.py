"""The commands by name. Each is loaded when it is called or told of: a server need not pay for what
its clients and its bench import."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

CLIENTS = "A running hypersim"

_ON_ITS_OWN = ("serve", "run", "drive", "bench")
_GROUPS = (
    "user",
    "key",
    "balance",
    "price",
    "market",
    "feed",
    "clock",
    "fault",
    "client",
    "scenario",
)
_OF_EXCHANGE = ("status", "reset")
_OF_RECORD = ("db",)

NAMES = (*_ON_ITS_OWN, *_OF_RECORD, *_OF_EXCHANGE, *_GROUPS)
"""In the order in which they are told of."""


class Commands(TyperGroup):
    """All of them."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's word
        """Their names."""
        return list(NAMES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The one with this name; None if there is none. Names like it are then looked for among
        those that are loaded."""
        for name in [cmd_name] if cmd_name in NAMES else NAMES:
            if name not in self.commands:
                self.add_command(_loaded(name))
        return super().get_command(ctx, cmd_name)


def _loaded(name: str) -> Any:
    module = import_module(f"hypersim.cli.{'exchange' if name in _OF_EXCHANGE else name}")
    alone = typer.Typer(rich_markup_mode="rich")
    if name in _GROUPS:
        alone.add_typer(module.commands, name=name, rich_help_panel=CLIENTS)
    elif name in _OF_RECORD:
        alone.add_typer(module.commands, name=name)
    elif name in _OF_EXCHANGE:
        alone.command(rich_help_panel=CLIENTS)(getattr(module, name))
    else:
        alone.command()(getattr(module, name))
    return get_group(alone).commands[name]
