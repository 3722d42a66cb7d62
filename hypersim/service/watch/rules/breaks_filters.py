"""breaks_filters: an order was refused by what the exchange says of a market beforehand."""

from hypersim.service.watch.facts import Fact, Refused
from hypersim.service.watch.rule import Rule
from hypersim.trading.rejections import Rejection

FILTERS = frozenset(
    (
        Rejection.PRICE_OFF_TICK,
        Rejection.PRICE_OUT_OF_RANGE,
        Rejection.PRICE_OUT_OF_BAND,
        Rejection.QUANTITY_OFF_STEP,
        Rejection.QUANTITY_TOO_SMALL,
        Rejection.QUANTITY_TOO_LARGE,
        Rejection.MARKET_QUANTITY_TOO_LARGE,
        Rejection.NOTIONAL_TOO_SMALL,
        Rejection.NOTIONAL_TOO_LARGE,
        Rejection.TRAILING_DELTA_OUT_OF_RANGE,
        Rejection.TOO_MANY_ICEBERG_PARTS,
        Rejection.TOO_MANY_OPEN_ORDERS,
        Rejection.TOO_MANY_CONDITIONAL_ORDERS,
        Rejection.TOO_MANY_ICEBERG_ORDERS,
        Rejection.TOO_MANY_ORDER_LISTS,
        Rejection.POSITION_TOO_LARGE,
        Rejection.ASSET_AMOUNT_TOO_LARGE,
    )
)
"""What can be known before an order is sent. Money and the state of the market are not among it."""


FAULT = "order"
"""The fault that has orders refused whatever they are like."""


class BreaksFilters(Rule):
    """Every order that was refused so, but by a fault."""

    def hear(self, fact: Fact) -> None:
        """See `Rule`."""
        if isinstance(fact, Refused) and fact.rejected.reason in FILTERS:
            request, rejected = fact
            if FAULT in request.faults:
                return
            text = f"{request.asked.endpoint} was refused ({rejected.reason}): {rejected.message}"
            self._find(request.begun, text, (), request)


RULE = BreaksFilters
