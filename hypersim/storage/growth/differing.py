"""What differs between two states of an exchange, in words."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import asdict

from hypersim.account.user import Secret
from hypersim.storage.growth.past import without_time
from hypersim.trading.exchange import Exchange

SHOWN_MAX = 20


def differences(by_journal: Exchange, shown: Exchange, where: str) -> list[str]:
    """One line each: what the journal comes to, and what stands in `where`."""
    found = list(_compared(_facts(by_journal), _facts(shown), where))
    one, other = by_journal.state, shown.state
    if one.keys.keys() == other.keys.keys() and list(one.keys) != list(other.keys):
        found.append(f"API keys stand in another order in {where}")
    if one.markets.keys() == other.markets.keys() and list(one.markets) != list(other.markets):
        found.append(f"instruments stand in another order in {where}")
    return found


def shortened(found: list[str]) -> list[str]:
    """`SHOWN_MAX` lines of them, and how many more there are."""
    more = [f"and {len(found) - SHOWN_MAX} more"] if len(found) > SHOWN_MAX else []
    return found[:SHOWN_MAX] + more


def _facts(exchange: Exchange) -> dict[str, dict[str, Any]]:
    """What there is by its name, and each field of it."""
    state = exchange.state
    facts: dict[str, dict[str, Any]] = {"the exchange": without_time(exchange)}
    for (account_id, asset), balance in state.ledger.balances.items():
        amounts = {bucket: amount for bucket, amount in asdict(balance).items() if amount}
        if amounts:
            facts[f"the balance of account {account_id} in {asset}"] = amounts
    kinds: dict[str, Mapping[Any, Any]] = {
        "user": state.users,
        "API key": state.keys,
        "order": state.orders,
        "order list": state.lists,
        "withdrawal": state.withdrawals,
        "instrument": {key: market.instrument for key, market in state.markets.items()},
    }
    for kind, found in kinds.items():
        facts.update((f"{kind} {key}", asdict(one)) for key, one in found.items())
    return facts


def _compared(
    told: Mapping[str, dict[str, Any]], shown: Mapping[str, dict[str, Any]], where: str
) -> Iterator[str]:
    for name in sorted(told.keys() | shown.keys()):
        if name.startswith("the balance"):
            yield from of_fields(name, told.get(name, {}), shown.get(name, {}), where)
        elif name not in shown:
            yield f"{name} is not in {where}"
        elif name not in told:
            yield f"{name} is in {where} and not in the journal"
        else:
            yield from of_fields(name, told[name], shown[name], where)


def of_fields(
    name: str, told: Mapping[str, Any], shown: Mapping[str, Any], where: str
) -> Iterator[str]:
    """The fields of one thing that differ; no secret is shown."""
    for field in sorted(told.keys() | shown.keys()):
        one, other = told.get(field, Decimal(0)), shown.get(field, Decimal(0))
        if one == other:
            continue
        if isinstance(one, Secret) or isinstance(other, Secret):
            yield f"{name}: {field} differs"
        else:
            yield f"{name}: {field} is {one} by the journal and {other} in {where}"
