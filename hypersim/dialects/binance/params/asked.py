"""What faults can tell a request by, as far as it can be read."""

from collections.abc import Mapping

from hypersim.service.armed import Asked
from hypersim.service.view import View

NAMES = ("newClientOrderId", "origClientOrderId", "listClientOrderId")
"""The first of these that a request has is the order's."""


def read_asked(asked: Asked, view: View, key: str, values: Mapping[str, str]) -> Asked:
    """What is known of the request, with what its key and its parameters tell."""
    client_id = next((values[name] for name in NAMES if name in values), None)
    symbol = view.symbol(values.get("symbol", ""))
    return asked._replace(key=key, symbol=symbol, client_order_id=client_id)
