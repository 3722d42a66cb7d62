"""What the bench says of many symbols."""

import json
from io import StringIO

from msgspec.structs import replace
from rich.console import Console

from hypersim.bench.many_symbols import SymbolsFigure, symbols_line, symbols_table

USUAL = SymbolsFigure("usual", 16, True, 5.0, 2.0, 500.0, 0.02)
ALL = SymbolsFigure("all", 400, False, 3.5, 3.25, 340.0, 0.1234)


def test_a_row_says_what_so_many_symbols_cost() -> None:
    console = Console(width=120, record=True, file=StringIO())
    console.print(symbols_table([USUAL, ALL]))
    rows = [line.replace("│", " ").split() for line in console.export_text().splitlines()]
    assert ["400", "as", "left", "3.50", "3.25", "340", "12.3%"] in rows
    assert ["bar", "<=", "4", "<=", "450", "<=", "15%"] in rows


def test_the_bars_are_those_of_all_symbols() -> None:
    met = json.loads(symbols_line([USUAL, ALL]))
    assert met["bars_met"] is True
    assert met["symbols"][1]["symbols"] == 400
    for worse in (
        replace(ALL, ready_s=4.1),
        replace(ALL, server_mb=451.0),
        replace(ALL, idle_share=0.2),
    ):
        assert json.loads(symbols_line([USUAL, worse]))["bars_met"] is False
