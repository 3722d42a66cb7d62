"""What may be recorded. An answer waits for the journal alone, and the tables follow later: what
they, or the journal's own bytes, would refuse is refused here, before anything is decided.

What orders and money come to stays within the record's numbers by `room` and `FUNDS_MAX`, and an
instrument that cannot be recorded cannot be made. Here is what a command brings along.
"""

from decimal import Decimal
from typing import assert_never

from hypersim.account.user import FeeRates, Secret
from hypersim.market.number import INTEGER_MAX, PLACES_MAX, TIME_MS_MAX, is_recordable
from hypersim.trading.account_commands import (
    AccountCommand,
    Deposit,
    EndWithdrawal,
    IssueKey,
    MoveToWallet,
    OpenAccount,
    RequestWithdrawal,
    RevokeKey,
    SetBalance,
    SetFeeDiscount,
    SetFeeRates,
    Withdraw,
)
from hypersim.trading.commands import (
    AmendOrder,
    ApplyMarketEvent,
    CancelAllOrders,
    CancelOrder,
    CancelOrderList,
    Command,
    ExpireOrders,
    ListInstrument,
    PassTime,
    PlaceOrder,
    PlaceOrderList,
    PlaceStalled,
    ReleaseStalled,
    ReplaceOrder,
    Reset,
    SetTradingStatus,
)
from hypersim.trading.rejections import Rejected, Rejection

TEXT_BYTES_MAX = 2_000
"""In UTF-8: an entry of an index ends at 2,704 bytes, and has some numbers besides."""

_USUAL_LENGTH_MAX = 255


def check_recordable(command: Command) -> Rejected | None:
    """Why the record could not hold what the command says, whatever comes of it."""
    match command:
        case PlaceOrder():
            return _check_order(command)
        case CancelOrder() | CancelAllOrders() | CancelOrderList():
            return _check_text("The cancel's name", command.cancel_id)
        case PlaceStalled(order=order):
            return _check_order(order)
        case ApplyMarketEvent() | PassTime() | Reset() | ListInstrument() | SetTradingStatus():
            return None
        case ReleaseStalled() | ExpireOrders():
            return None
        case AmendOrder():
            return (
                _check_text("The client order id", command.client_order_id)
                or _check_number("The amount", command.quantity)
                or _check_number("The price", command.price)
            )
        case PlaceOrderList():
            refusals = map(_check_order, command.orders)
            return _check_text("The client list id", command.client_list_id) or next(
                filter(None, refusals), None
            )
        case ReplaceOrder():
            cancel_id = command.cancel.cancel_id
            return _check_text("The cancel's name", cancel_id) or _check_order(command.place)
        case _:
            return _check_account(command)


def _check_account(command: AccountCommand) -> Rejected | None:
    match command:
        case Deposit() | Withdraw() | SetBalance():
            return _check_money(command.asset, command.amount) or _check_text(
                "The reference", command.reference
            )
        case MoveToWallet():
            return _check_money(command.asset, command.amount)
        case RequestWithdrawal():
            return _check_withdrawal(command)
        case OpenAccount():
            return _check_word("The email", command.email.lower()) or _check_secret(
                "The password's hash", command.password_hash
            )
        case IssueKey():
            return _check_key(command)
        case SetFeeRates(rates=FeeRates(maker=maker, taker=taker)):
            return _check_number("The maker's rate", maker) or _check_number(
                "The taker's rate", taker
            )
        case SetFeeRates() | EndWithdrawal() | RevokeKey() | SetFeeDiscount():
            return None
        case _:
            assert_never(command)


def check_plain_recordable(order: PlaceOrder) -> Rejected | None:
    """The same for a plain order: quantity and price have an instrument's limits."""
    name = order.client_order_id
    is_usual_name = name is None or (
        name.isascii() and name.isprintable() and len(name) <= _USUAL_LENGTH_MAX
    )
    if not is_usual_name and (refusal := _check_text("The client order id", name)):
        return refusal
    expires_ms = order.expires_ms
    if expires_ms is not None and expires_ms > TIME_MS_MAX:
        return _refuse(f"The expiry must be a time in ms up to {TIME_MS_MAX}")
    return None


def _check_order(order: PlaceOrder) -> Rejected | None:
    """What other orders say besides has no limits but these."""
    refusal = (
        check_plain_recordable(order)
        or _check_number("The cost", order.quote_quantity)
        or _check_number("The trigger price", order.trigger_price)
        or _check_number("The visible amount", order.iceberg_quantity)
        or _check_integer("The strategy's id", order.strategy_id)
        or _check_integer("The strategy's type", order.strategy_type)
        or _check_integer("The trailing delta", order.trailing_delta)
    )
    if refusal is None and order.peg is not None:
        return _check_integer("The peg's offset", order.peg.offset) or _check_number(
            "The peg's limit", order.peg.limit
        )
    return refusal


def _check_withdrawal(command: RequestWithdrawal) -> Rejected | None:
    return (
        _check_money(command.asset, command.amount)
        or _check_number("The fee", command.fee)
        or _check_text("The network", command.network)
        or _check_text("The address", command.address)
        or _check_text("The tag", command.tag)
        or _check_text("The withdrawal's name", command.client_id)
    )


def _check_key(command: IssueKey) -> Rejected | None:
    for address in command.allowed_ips:
        # The record tells them with blanks between.
        if refusal := _check_word("An allowed address", address):
            return refusal
    return (
        _check_word("The key", command.key)
        or _check_text("The label", command.label)
        or _check_secret("The secret", command.secret)
        or _check_secret("The passphrase", command.passphrase)
    )


def _check_money(asset: str, amount: Decimal) -> Rejected | None:
    # The ledger tells what an entry changed in words with blanks between.
    return _check_word("The asset", asset) or _check_number("The amount", amount)


def _check_word(what: str, text: str) -> Rejected | None:
    if not text or " " in text:
        return _refuse(f"{what} must be a word without blanks")
    return _check_text(what, text)


def _check_text(what: str, text: str | None) -> Rejected | None:
    if text is None or (len(text) <= TEXT_BYTES_MAX and "\0" not in text and _fits(text)):
        return None
    return _refuse(
        f"{what} must have at most {TEXT_BYTES_MAX:,} bytes of UTF-8, without NUL and halves of "
        "surrogate pairs"
    )


def _check_secret(what: str, secret: Secret | None) -> Rejected | None:
    """It is sealed: only bytes are needed of it."""
    if secret is None or _bytes_of(secret.value) is not None:
        return None
    return _refuse(f"{what} must be without halves of surrogate pairs")


def _check_number(what: str, number: Decimal | None) -> Rejected | None:
    if number is None or is_recordable(number):
        return None
    return _refuse(f"{what} must be below 10^20, with at most {PLACES_MAX} decimals")


def _check_integer(what: str, number: int | None) -> Rejected | None:
    if number is None or 0 <= number <= INTEGER_MAX:
        return None
    return _refuse(f"{what} must be a whole number from 0 to {INTEGER_MAX}")


def _fits(text: str) -> bool:
    encoded = _bytes_of(text)
    return encoded is not None and len(encoded) <= TEXT_BYTES_MAX


def _bytes_of(text: str) -> bytes | None:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return None


def _refuse(message: str) -> Rejected:
    return Rejected(Rejection.NOT_RECORDABLE, message)
