"""`hypersim price`: set prices by hand, under the manual feed."""

from typing import Annotated, Any

import typer

from hypersim.cli.admin_client import DEFAULT_URL, DataDir, Symbol, Token, Url, connected
from hypersim.cli.output import AsJson, number, print_json

commands = typer.Typer(help="Prices, under the manual feed.", no_args_is_help=True)


def _figure(help_text: str) -> Any:
    return typer.Option(metavar="NUMBER", help=help_text, show_default=False)


@commands.callback()
def _group() -> None:
    """Prices, under the manual feed (hypersim serve --feed manual)."""


@commands.command("set")
def set_price(
    symbol: Symbol,
    price: Annotated[
        str, typer.Argument(metavar="PRICE", help="In quote, such as 50000.", show_default=False)
    ],
    bid: Annotated[str | None, _figure("Best bid; PRICE unless given.")] = None,
    ask: Annotated[str | None, _figure("Best ask; PRICE unless given.")] = None,
    bid_size: Annotated[str | None, _figure("Size of the bid; large unless given.")] = None,
    ask_size: Annotated[str | None, _figure("Size of the ask; large unless given.")] = None,
    as_json: AsJson = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Set a market's price; orders that it reaches are filled when this returns."""
    given = {"bid": bid, "ask": ask, "bidSize": bid_size, "askSize": ask_size}
    wanted = {"symbol": symbol, "price": price}
    wanted |= {name: value for name, value in given.items() if value is not None}
    with connected(url, token, data_dir) as admin:
        answer = admin.post("/admin/price", wanted)
    if as_json:
        print_json(answer)
        return
    body = answer.body
    prices = (f"{name} {number(body[name])}" for name in ("last", "bid", "ask"))
    print(f"{body['symbol']}: {', '.join(prices)}")
