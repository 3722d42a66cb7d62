"""An account and its money."""

from hypersim.dialects.mexc.account import coins, status, transfers, user_data, withdrawals

OPERATIONS = (
    *status.OPERATIONS,
    *coins.OPERATIONS,
    *withdrawals.OPERATIONS,
    *transfers.OPERATIONS,
    *user_data.OPERATIONS,
)
