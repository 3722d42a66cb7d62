"""What the venue says of coins and the chains on which they move. Fees and minima are of the order
of magnitude of the venue's in 2026; nothing moves on any chain."""

from decimal import Decimal
from typing import NamedTuple

from hypersim.account.entries import EntryKind
from hypersim.market.number import ZERO
from hypersim.service.record import LedgerRow
from hypersim.service.view import View

MONEY_KINDS = (EntryKind.DEPOSIT, EntryKind.WITHDRAW, EntryKind.ADJUST)
"""What came to the exchange and left it."""


class Network(NamedTuple):
    """A chain: the venue's word and name for it, how many confirmations it waits for, and whether
    transfers carry a memo."""

    name: str
    title: str
    confirmations: int = 1
    has_memo: bool = False


class Route(NamedTuple):
    """How one coin moves on one network: amounts are in the coin."""

    network: Network
    fee: Decimal
    least: Decimal


_BTC = Network("BTC", "Bitcoin")
_ETH = Network("ETH", "Ethereum (ERC20)", 6)
_BSC = Network("BSC", "BNB Smart Chain (BEP20)", 5)
_TRX = Network("TRX", "Tron (TRC20)")
_SOL = Network("SOL", "Solana")
_ARBITRUM = Network("ARBITRUM", "Arbitrum One", 12)
_MATIC = Network("MATIC", "Polygon POS", 10)
_AVAXC = Network("AVAXC", "AVAX C-Chain", 12)
_XRP = Network("XRP", "Ripple", has_memo=True)
_ADA = Network("ADA", "Cardano", 30)
_DOGE = Network("DOGE", "dogecoin", 15)
_LTC = Network("LTC", "Litecoin", 3)
_DOT = Network("DOT", "Polkadot", 0)


def _routes(*rows: tuple[Network, str, str]) -> tuple[Route, ...]:
    return tuple(Route(network, Decimal(fee), Decimal(least)) for network, fee, least in rows)


ROUTES = {
    "BTC": _routes((_BTC, "0.00003", "0.0001"), (_BSC, "0.000005", "0.00001")),
    "ETH": _routes(
        (_ETH, "0.0003", "0.001"), (_ARBITRUM, "0.00004", "0.0008"), (_BSC, "0.00006", "0.0001")
    ),
    "USDT": _routes(
        (_TRX, "1", "5"),
        (_ETH, "1.5", "10"),
        (_BSC, "0.01", "10"),
        (_SOL, "0.5", "5"),
        (_ARBITRUM, "0.1", "5"),
        (_MATIC, "0.1", "5"),
        (_AVAXC, "0.2", "5"),
    ),
    "USDC": _routes((_ETH, "1.5", "10"), (_SOL, "0.5", "5"), (_BSC, "0.01", "10")),
    "FDUSD": _routes((_ETH, "1.5", "10"), (_BSC, "0.01", "10")),
    "BNB": _routes((_BSC, "0.00001", "0.002")),
    "SOL": _routes((_SOL, "0.001", "0.1"), (_BSC, "0.00012", "0.00024")),
    "XRP": _routes((_XRP, "0.2", "2"), (_BSC, "0.01", "0.02")),
    "DOGE": _routes((_DOGE, "4", "10"), (_BSC, "0.06", "0.12")),
    "ADA": _routes((_ADA, "0.8", "2"), (_BSC, "0.02", "0.04")),
    "TRX": _routes((_TRX, "1.5", "3"), (_BSC, "0.03", "0.06")),
    "LTC": _routes((_LTC, "0.0001", "0.002"), (_BSC, "0.0001", "0.0002")),
    "AVAX": _routes((_AVAXC, "0.002", "0.1"), (_BSC, "0.0004", "0.0008")),
    "LINK": _routes((_ETH, "0.1", "0.2"), (_BSC, "0.0006", "0.0012")),
    "DOT": _routes((_DOT, "0.06", "1.5"), (_BSC, "0.002", "0.004")),
}
"""The coins that are known here, the usual network first. Another coin has a chain of its own."""

TITLES = {
    "BTC": "Bitcoin",
    "ETH": "Ethereum",
    "USDT": "TetherUS",
    "FDUSD": "First Digital USD",
    "SOL": "Solana",
    "XRP": "Ripple",
    "DOGE": "Dogecoin",
    "ADA": "Cardano",
    "TRX": "TRON",
    "LTC": "Litecoin",
    "AVAX": "Avalanche",
    "LINK": "ChainLink",
    "DOT": "Polkadot",
    "EUR": "Euro",
    "TRY": "Turkish Lira",
    "BRL": "Brazilian Real",
}
"""What the venue calls a coin, where that is not its ticker."""


def routes_of(coin: str, places: int) -> tuple[Route, ...]:
    """How the coin can move, the usual way first; `places` are its decimals here."""
    own = Network(coin, coin)
    return ROUTES.get(coin) or (Route(own, Decimal(0), Decimal(1).scaleb(-places)),)


def places_of(view: View) -> dict[str, int]:
    """The decimals of every asset that is traded, in the market that has the most."""
    places: dict[str, int] = {}
    for one in view.instruments.values():
        for asset, own in ((one.quote, one.quote_places), (one.base, one.base_places)):
            places[asset] = max(own, places.get(asset, 0))
    return places


def on_its_way(view: View, account_id: int) -> dict[str, Decimal]:
    """What unfinished withdrawals take, by asset."""
    leaving: dict[str, Decimal] = {}
    for one in view.withdrawals.values():
        if one.account_id == account_id:
            leaving[one.asset] = leaving.get(one.asset, ZERO) + one.amount
    return leaving


def address_of(account_id: int, network: str) -> str:
    """Where an account's money is said to be; it has no meaning on any chain."""
    return f"simulated-{network.lower()}-{account_id}"


def movement_id(line: LedgerRow) -> str:
    """The ledger's own number of the movement."""
    return f"ledger-{line.seq}-{line.leg}"
