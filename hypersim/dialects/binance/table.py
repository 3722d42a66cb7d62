"""Every operation that the dialect has, family by family."""

from hypersim.dialects.binance import market_general, sessions
from hypersim.dialects.binance.operations import Operation

OPERATIONS: tuple[Operation, ...] = (
    *sessions.OPERATIONS,
    *market_general.OPERATIONS,
)
