"""Commands about users, keys and money; the amounts are exact and already parsed."""

from decimal import Decimal

import msgspec

from hypersim.account.user import FeeRates, KeyKind, Permission, Secret


class Deposit(msgspec.Struct, frozen=True, gc=False):
    """Give money to an account."""

    account_id: int
    asset: str
    amount: Decimal
    reference: str = ""


class Withdraw(msgspec.Struct, frozen=True, gc=False):
    """Take available money from an account."""

    account_id: int
    asset: str
    amount: Decimal
    reference: str = ""


class SetBalance(msgspec.Struct, frozen=True, gc=False):
    """Deposit or withdraw the difference, so that `amount` is available."""

    account_id: int
    asset: str
    amount: Decimal
    reference: str = ""


class MoveToWallet(msgspec.Struct, frozen=True, gc=False):
    """Move what is available from the spot wallet to the funding wallet, or back."""

    account_id: int
    asset: str
    amount: Decimal
    to_funding: bool


class RequestWithdrawal(msgspec.Struct, frozen=True, gc=False):
    """Send `amount` of what is available away; `fee` of it is for the exchange. The caller knows
    the networks and what they take."""

    account_id: int
    asset: str
    amount: Decimal
    fee: Decimal
    network: str
    address: str
    tag: str = ""
    client_id: str | None = None


class EndWithdrawal(msgspec.Struct, frozen=True, gc=False):
    """Complete a withdrawal, or reject it and give everything back."""

    withdrawal_id: int
    is_rejected: bool


class OpenAccount(msgspec.Struct, frozen=True):
    """A new user."""

    email: str
    password_hash: Secret | None = None


class IssueKey(msgspec.Struct, frozen=True):
    """A new API key; key and secret are drawn by the caller, who owns the dice."""

    account_id: int
    key: str
    secret: Secret
    label: str = ""
    kind: KeyKind = KeyKind.HMAC
    passphrase: Secret | None = None
    permissions: frozenset[Permission] = frozenset(Permission)
    allowed_ips: tuple[str, ...] = ()


class RevokeKey(msgspec.Struct, frozen=True):
    """End a key for good. `account_id` restricts it to the owner's keys."""

    key: str
    account_id: int | None = None


class SetFeeRates(msgspec.Struct, frozen=True):
    """Special fee rates for an account; None returns it to the instruments' rates."""

    account_id: int
    rates: FeeRates | None


class SetFeeDiscount(msgspec.Struct, frozen=True):
    """Whether the account pays fees in the exchange's own asset while it has some."""

    account_id: int
    is_wanted: bool


AccountCommand = (
    Deposit
    | Withdraw
    | SetBalance
    | MoveToWallet
    | RequestWithdrawal
    | EndWithdrawal
    | OpenAccount
    | IssueKey
    | RevokeKey
    | SetFeeRates
    | SetFeeDiscount
)
