"""On which network a coin is to move."""

from hypersim.api.coins import Route, routes_of
from hypersim.dialects.binance.errors.general import BinanceError


def route_of(coin: str, network: str | None, places: int) -> Route:
    """The coin's way on that network, the usual one for None. Raises -4019."""
    routes = routes_of(coin, places)
    if network is None:
        return routes[0]
    for route in routes:
        if route.network.name == network:
            return route
    raise BinanceError(-4019, "Current asset is not open for withdrawal.")
