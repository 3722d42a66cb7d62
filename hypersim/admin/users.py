"""Users: open accounts, look at them, give them fee rates of their own."""

from decimal import Decimal
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Raw

from hypersim.account.user import FeeRates, User
from hypersim.admin.bodies import issued_key_body, reply, user_body
from hypersim.admin.body_schema import takes
from hypersim.admin.errors import AdminError, AdminRequest, ErrorCode, invalid, refused
from hypersim.admin.keys import KeyWish, check_key_wish, issue_key
from hypersim.admin.parsing import (
    LIMIT_MAX,
    Number,
    decimal_of,
    decode,
    query_of,
    user_of,
    whole_number,
)
from hypersim.api.accounts.rules import is_email, password_problem
from hypersim.api.services import Services
from hypersim.market.number import ONE
from hypersim.service.bound import bind
from hypersim.service.transaction import Source
from hypersim.service.view import View
from hypersim.trading.account_commands import OpenAccount, SetFeeRates
from hypersim.trading.events import AccountChanged
from hypersim.trading.rejections import Rejected, Rejection

ID_MAX = 2**63 - 1


class UserRequest(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Body of `POST /admin/users`. `label` is that of the user's first key."""

    email: str
    password: str | None = None
    label: str = "first"
    with_key: bool = True


class FeesRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /admin/users/{user}/fees`: rates, such as 0.001 for 0.1 %."""

    maker: Number
    taker: Number


_user_decoder = msgspec.json.Decoder(UserRequest)
_fees_decoder = msgspec.json.Decoder(FeesRequest | None)


def user_handlers(services: Services) -> list[Any]:
    """The handlers for users."""
    engine, view = services.engine, services.engine.view

    @post(
        "/admin/users",
        status_code=201,
        summary="A new user, with an API key; its secret is shown once",
        operation_class=takes(UserRequest),
    )
    async def create(request: AdminRequest) -> Response[bytes]:
        wanted = decode(_user_decoder, await request.body())
        wish = KeyWish(wanted.label)
        check_key_wish(wish)
        user = await _open_account(services, wanted)
        body = _body(view, user)
        if wanted.with_key:
            body |= _credentials(issued_key_body(await issue_key(engine, user, wish), user.email))
        return reply(body, 201)

    @get("/admin/users", summary="Users with balances, by id; ?email= ?after=ID ?limit=")
    async def list_users(request: AdminRequest) -> Response[bytes]:
        query = query_of(request, "email", "after", "limit")
        return reply([_body(view, user) for user in _page(view, query)])

    @get("/admin/users/{user:str}", summary="One user, by email or id")
    async def show(request: AdminRequest, user: FromPath[str]) -> Response[bytes]:
        query_of(request)
        return reply(_body(view, user_of(view, user)))

    @post(
        "/admin/users/{user:str}/fees",
        status_code=200,
        summary="Fee rates of the user's own; null for the instruments' rates",
        operation_class=takes(FeesRequest | None),
    )
    async def set_fees(request: AdminRequest, user: FromPath[str]) -> Response[bytes]:
        wanted = decode(_fees_decoder, await request.body())
        account_id = user_of(view, user).id
        outcome = await engine.submit(SetFeeRates(account_id, _rates(wanted)), Source.ADMIN)
        if isinstance(outcome, Rejected):
            raise refused(outcome)
        return reply(_body(view, view.users[account_id]))

    return [create, list_users, show, set_fees]


async def _open_account(services: Services, wanted: UserRequest) -> User:
    engine = services.engine
    if not is_email(wanted.email):
        raise invalid(f"{wanted.email[:40]!r} is not an email address", field="email")
    password_hash = None
    if wanted.password is not None:
        if problem := password_problem(wanted.password):
            raise invalid(problem, field="password")
        password_hash = await services.passwords.hash(wanted.password)
    outcome = await engine.submit(OpenAccount(wanted.email, password_hash), Source.ADMIN)
    if isinstance(outcome, Rejected):
        raise _taken(engine.view, wanted.email, outcome)
    bind(engine.view.generation)
    return outcome.first(AccountChanged).user


def _page(view: View, query: dict[str, str]) -> list[User]:
    after = whole_number(query, "after", 0, ID_MAX) or 0
    limit = whole_number(query, "limit", 1, LIMIT_MAX)
    if "email" in query:
        account_id = view.account_ids.get(query["email"].lower())
        ids = [] if account_id is None else [account_id]
    else:
        ids = sorted(view.users)
    return [view.users[account_id] for account_id in ids if account_id > after][:limit]


def _body(view: View, user: User) -> dict[str, Any]:
    return user_body(user, view.balances_of(user.id), len(view.open_orders(user.id)))


def _credentials(issued: dict[str, Any]) -> dict[str, Any]:
    return {name: issued[name] for name in ("apiKey", "apiSecret", "passphrase")}


def _taken(view: View, email: str, rejected: Rejected) -> AdminError:
    """A script that meets a user of its own needs the id to go on."""
    account_id = view.account_ids.get(email.lower())
    if rejected.reason is not Rejection.DUPLICATE_EMAIL or account_id is None:
        return refused(rejected)
    return AdminError(ErrorCode.EMAIL_TAKEN, rejected.message, {"id": str(account_id)}, status=409)


def _rates(wanted: FeesRequest | None) -> FeeRates | None:
    if wanted is None:
        return None
    return FeeRates(_rate(wanted.maker, "maker"), _rate(wanted.taker, "taker"))


def _rate(raw: Raw, field: str) -> Decimal:
    rate = decimal_of(raw, field)
    if rate >= ONE:
        raise invalid(f"{field} must be from 0 up to 1, such as 0.001 for 0.1 %", field=field)
    return rate
