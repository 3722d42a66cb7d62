"""Registering and logging in: section 4.4.1 of the source design."""

import msgspec
from litestar import Response, post

from hypersim.account.user import Secret
from hypersim.api.accounts.rules import is_email, password_problem
from hypersim.api.asgi import Scope
from hypersim.api.edge.client import client_of
from hypersim.api.edge.reasons import EdgeReason
from hypersim.api.services import Services
from hypersim.dialects.native.account.keys import Asker, KeyRequest, issue
from hypersim.dialects.native.auth import (
    NAME,
    NativeRequest,
    charge_address,
    client_address,
    scope_of,
    services_of,
)
from hypersim.dialects.native.errors import ApiError, ErrorCode, invalid, refused
from hypersim.dialects.native.market.endpoints import reply
from hypersim.dialects.native.params import decode
from hypersim.dialects.native.words import LOGIN_BODY, REGISTER_BODY, operation
from hypersim.service.passwords import TooManyLogins
from hypersim.service.transaction import Caller
from hypersim.trading.account_commands import OpenAccount
from hypersim.trading.events import AccountChanged
from hypersim.trading.rejections import Rejected


class LoginRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/register` and `POST /v1/login`."""

    email: str
    password: str


_login_decoder = msgspec.json.Decoder(LoginRequest)


@post(
    "/v1/register",
    status_code=201,
    summary="Open an account; the secret is shown once",
    operation_class=operation(body=REGISTER_BODY, statuses=(201,), errors=(409,)),
)
async def register(request: NativeRequest) -> Response[bytes]:
    charge_address(services_of(request), scope_of(request))
    login = decode(_login_decoder, await request.body())
    if not is_email(login.email):
        raise invalid(f"{login.email[:40]!r} is not an email address")
    if problem := password_problem(login.password):
        raise invalid(problem)
    count_registration(services_of(request), scope_of(request))
    password_hash = await hash_in_turn(services_of(request), login.password)
    outcome = await services_of(request).engine.submit(
        OpenAccount(login.email, password_hash), Caller(None, None, NAME)
    )
    if isinstance(outcome, Rejected):
        raise refused(outcome)
    user = outcome.first(AccountChanged).user
    services_of(request).engine.view.bind()
    issued = await issue(services_of(request), Asker(user.id), KeyRequest(label="first"))
    return reply({"id": str(user.id), "email": user.email, **issued}, 201)


@post(
    "/v1/login",
    status_code=200,
    summary="A token for managing keys",
    operation_class=operation(body=LOGIN_BODY, errors=(401,)),
)
async def login(request: NativeRequest) -> Response[bytes]:
    charge_address(services_of(request), scope_of(request))
    login = decode(_login_decoder, await request.body())
    services = services_of(request)
    view = services.engine.view
    user = view.users.get(view.account_ids.get(login.email.lower(), 0))
    stored = user.password_hash if user else None
    try:
        is_right = await services.passwords.is_right(
            login.email, client_address(scope_of(request)), login.password, stored
        )
    except TooManyLogins as too_many:
        raise come_back_later(too_many) from None
    if user is None or not is_right:
        message = "Email or password is wrong"
        raise ApiError(ErrorCode.INVALID_CREDENTIALS, message, status=401)
    token, expires_ms = services.tokens.issue(user, services.engine.clock.now_ms())
    return reply({"token": token, "expiresAt": expires_ms, "id": str(user.id)})


def count_registration(services: Services, scope: Scope) -> None:
    """Raises `ApiError` 429 where one address opens too many accounts."""
    who = client_of(scope).counted
    wait_s = services.registrations.take(who.name, who.width)
    if wait_s:
        services.edge.count(EdgeReason.REGISTRATIONS)
        raise ApiError(
            ErrorCode.RATE_LIMIT_EXCEEDED,
            "Too many accounts were opened from your address; "
            f"try again in {wait_s} s, or have the administrator open them",
            {"retryAfterMs": wait_s * 1_000},
            status=429,
            headers={"Retry-After": str(wait_s)},
        )


async def hash_in_turn(services: Services, password: str) -> Secret:
    """What is stored of a password. Raises `ApiError` when too many wait for theirs."""
    try:
        return await services.passwords.hash(password)
    except TooManyLogins as too_many:
        raise come_back_later(too_many) from None


def come_back_later(too_many: TooManyLogins) -> ApiError:
    """429 for who is locked out, 503 when it is everybody's crowd."""
    code = ErrorCode.RATE_LIMIT_EXCEEDED if too_many.is_lock else ErrorCode.SERVICE_UNAVAILABLE
    return ApiError(
        code,
        f"{too_many}; try again in {too_many.wait_s} s",
        {"retryAfterMs": too_many.wait_s * 1_000},
        status=429 if too_many.is_lock else 503,
        headers={"Retry-After": str(too_many.wait_s)},
    )


LOGIN_HANDLERS = [register, login]
