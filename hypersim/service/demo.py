"""The demo account, whose key is published: for trying out and for tests, on this machine only.

Email, key, secret and balances are those of section 8.3 of the source design.
"""

from decimal import Decimal

from hypersim.account.user import Secret
from hypersim.service.engine import Engine
from hypersim.trading.commands import Deposit, IssueKey, OpenAccount

EMAIL = "test@example.com"
KEY = "test_key_123"
SECRET = Secret("test_secret_456")
PASSPHRASE = Secret("test_pass_789")
BALANCES = {"USDT": Decimal(10_000)}


async def seed_demo(engine: Engine) -> None:
    """Open the account, unless it is there."""
    if EMAIL in engine.view.account_ids:
        return
    await engine.submit(OpenAccount(EMAIL))
    account_id = engine.view.account_ids[EMAIL]
    await engine.submit(IssueKey(account_id, KEY, SECRET, "demo", passphrase=PASSPHRASE))
    for asset, amount in BALANCES.items():
        await engine.submit(Deposit(account_id, asset, amount, "demo"))
