"""`hypersim market`: list, add, halt, resume."""

from pathlib import Path
from typing import Annotated, Any

import typer

from hypersim.cli.admin_client import DEFAULT_URL, DataDir, Symbol, Token, Url, connected
from hypersim.cli.output import AsJson, number, print_facts, print_json, print_table

commands = typer.Typer(help="Markets: list, add, halt, resume.", no_args_is_help=True)

Setting = Annotated[str | None, typer.Option(metavar="NUMBER", show_default=False)]

FeeModel = Annotated[str | None, typer.Option(metavar="received|quote", show_default=False)]

_COLUMNS = ("symbol", "state", "tick", "step", "min notional", "maker fee", "taker fee")


@commands.command("list")
def list_markets(
    as_json: AsJson = False, url: Url = DEFAULT_URL, token: Token = None, data_dir: DataDir = None
) -> None:
    """Every market with its increments and fees; --json has all fields."""
    with connected(url, token, data_dir) as admin:
        answer = admin.get("/admin/instruments")
    if as_json:
        print_json(answer)
    else:
        print_table(_COLUMNS, map(_row, answer.body), numbers=_COLUMNS[2:])


@commands.command()
def add(
    symbol: Symbol,
    tick_size: Setting = None,
    step_size: Setting = None,
    min_price: Setting = None,
    max_price: Setting = None,
    min_quantity: Setting = None,
    max_quantity: Setting = None,
    min_notional: Setting = None,
    max_notional: Setting = None,
    maker_fee_rate: Setting = None,
    taker_fee_rate: Setting = None,
    fee_model: FeeModel = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Add a market, or change one.

    What is not given stays as it is; a new market has it from the feed's venue, or by default.
    """
    given = {
        "tickSize": tick_size,
        "stepSize": step_size,
        "minPrice": min_price,
        "maxPrice": max_price,
        "minQuantity": min_quantity,
        "maxQuantity": max_quantity,
        "minNotional": min_notional,
        "maxNotional": max_notional,
        "makerFeeRate": maker_fee_rate,
        "takerFeeRate": taker_fee_rate,
        "feeModel": fee_model,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    with connected(url, token, data_dir) as admin:
        answer = admin.post("/admin/instruments", {"symbol": symbol, **changes})
    if as_json:
        print_json(answer)
    else:
        print_facts(zip(_COLUMNS, _row(answer.body), strict=True))


@commands.command()
def halt(
    symbol: Symbol,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Take and fill no orders in a market; open ones can still be canceled."""
    _change_status("halt", symbol, as_json, url, token, data_dir)


@commands.command()
def resume(
    symbol: Symbol,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Take orders in a market again."""
    _change_status("resume", symbol, as_json, url, token, data_dir)


def _change_status(
    action: str, symbol: str, as_json: bool, url: str, token: str | None, data_dir: Path | None
) -> None:
    with connected(url, token, data_dir) as admin:
        answer = admin.post(f"/admin/{action}", {"symbol": symbol})
    if as_json:
        print_json(answer)
    else:
        print(f"{answer.body['symbol']}: {answer.body['status']}")


def _row(instrument: dict[str, Any]) -> tuple[str, ...]:
    figures = ("tickSize", "stepSize", "minNotional", "makerFeeRate", "takerFeeRate")
    return (
        instrument["symbol"],
        instrument["status"],
        *(number(instrument[name]) for name in figures),
    )
