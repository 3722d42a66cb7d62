"""`--account-limits`: what each account may have at most, as settings say it."""

from decimal import Decimal

import pytest

from hypersim.bootstrap.choices import check_names, rules_of
from hypersim.settings import SettingsError, load_settings
from hypersim.trading.rules import AccountLimits


def limits_in(environment: dict[str, str]) -> AccountLimits:
    return rules_of(load_settings({}, environment=environment)).account_limits


def test_orders_and_assets_are_limited_by_name() -> None:
    text = "orders=1000, algo_orders=200,iceberg_orders=10,order_lists=20,USDC=42.5"
    assert limits_in({"HYPERSIM_ACCOUNT_LIMITS": text}) == AccountLimits(
        1_000, 200, 10, 20, {"USDC": Decimal("42.5")}
    )
    assert limits_in({}) == AccountLimits()


@pytest.mark.parametrize(
    "text", ["orders", "orders=", "orders=1.5", "orders=-1", "order=3", "usdc=1", "USDC=x", "=1"]
)
def test_a_limit_that_cannot_be_is_one_clear_line(text: str) -> None:
    with pytest.raises(SettingsError, match=r"--account-limits takes NAME=NUMBER"):
        check_names(load_settings({"account_limits": (text,), "feed": "manual"}, environment={}))
