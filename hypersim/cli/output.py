"""How commands print: tables for people, JSON for scripts, exact numbers in both."""

import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

import msgspec
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from hypersim.cli.admin_client import Answer
from hypersim.market.number import plain

NOTHING = "-"

AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print the server's answer as JSON.", show_default=False)
]


def print_json(answer: Answer) -> None:
    """The server's answer, indented; not one digit is changed."""
    print(msgspec.json.format(answer.raw, indent=2).decode())


def number(value: Any) -> str:
    """Plain digits; a dash for what is not known."""
    return NOTHING if value is None else plain(Decimal(value))


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Sequence[str] = (),
    whole: Sequence[str] = (),
) -> None:
    """A table that folds long cells rather than cut them, except in the columns of `numbers`, which
    stand right, and those that are `whole`."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        is_number = column in numbers
        table.add_column(
            column,
            justify="right" if is_number else "left",
            overflow="fold",
            no_wrap=is_number or column in whole,
        )
    for row in rows:
        table.add_row(*row)
    Console(file=sys.stdout, highlight=False, markup=False).print(table)


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Name and value, line by line; a value is never broken, so that it can be copied."""
    lines = list(facts)
    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        print(f"{name:<{width}}  {value}".rstrip())


def balance_rows(balances: dict[str, Any]) -> list[tuple[str, ...]]:
    """A row per asset."""
    return [
        (asset, *(number(balance[part]) for part in ("available", "locked", "total")))
        for asset, balance in balances.items()
    ]


BALANCE_COLUMNS = ("asset", "available", "locked", "total")
