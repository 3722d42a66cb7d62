"""The demo account, whose key is published: for trying out and for tests, on this machine only.

Email, key, secret and balances are those of section 8.3 of the source design.
"""

from decimal import Decimal

from hypersim.account.user import Secret
from hypersim.service.engine import Engine
from hypersim.service.transaction import Source
from hypersim.trading.account_commands import Deposit, IssueKey, OpenAccount
from hypersim.trading.commands import Command

EMAIL = "test@example.com"
KEY = "test_key_123"
SECRET = Secret("test_secret_456")
PASSPHRASE = Secret("test_pass_789")
BALANCES = {"USDT": Decimal(10_000)}


async def seed_demo(engine: Engine) -> None:
    """Open the account, unless it is there."""
    if EMAIL not in engine.view.account_ids:
        last_id = engine.view.counters.account_id
        await engine.submit_together(opening(last_id + 1), Source.ADMIN)


def opening(account_id: int = 1) -> tuple[Command, ...]:
    """What opens the account as the next one; the first one after a reset."""
    deposits = (Deposit(account_id, asset, amount, "demo") for asset, amount in BALANCES.items())
    key = IssueKey(account_id, KEY, SECRET, "demo", passphrase=PASSPHRASE)
    return (OpenAccount(EMAIL), key, *deposits)
