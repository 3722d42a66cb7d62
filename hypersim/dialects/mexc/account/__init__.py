"""An account and its money."""

from hypersim.dialects.mexc.account import coins, status, transfers, withdrawals

OPERATIONS = (
    *status.OPERATIONS,
    *coins.OPERATIONS,
    *withdrawals.OPERATIONS,
    *transfers.OPERATIONS,
)
