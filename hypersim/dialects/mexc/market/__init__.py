"""What anybody may ask."""

from hypersim.dialects.mexc.market import prices, symbols, trades

OPERATIONS = (*symbols.OPERATIONS, *trades.OPERATIONS, *prices.OPERATIONS)
