"""Registering and logging in: section 4.4.1 of the source design."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hypersim.api.accounts.rules import is_email, password_problem
from hypersim.api.plain_json import Object
from hypersim.dialects.native.account.keys import KeyRequest, issue
from hypersim.dialects.native.errors import ApiError, ErrorCode, come_back, invalid, refused
from hypersim.dialects.native.venue import NAME, Call, Operation
from hypersim.edge.reasons import EdgeReason
from hypersim.service.bound import bind
from hypersim.service.credentials import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN
from hypersim.service.transaction import Caller
from hypersim.trading.account_commands import OpenAccount
from hypersim.trading.events import AccountChanged
from hypersim.trading.rejections import Rejected

_PASSWORD = {"minLength": PASSWORD_LENGTH_MIN, "maxLength": PASSWORD_LENGTH_MAX}


class RegisterRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/register`."""

    email: Annotated[str, Meta(extra_json_schema={"format": "email"})]
    password: Annotated[str, Meta(extra_json_schema=_PASSWORD)]


class LoginRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/login`."""

    email: str
    password: str


async def register(call: Call) -> Object:
    """Open an account; the secret is shown once."""
    login, services = call.read(RegisterRequest), call.services
    if not is_email(login.email):
        raise invalid(f"{login.email[:40]!r} is not an email address")
    if problem := password_problem(login.password):
        raise invalid(problem)
    _count_registration(call)
    password_hash = await services.passwords.hash(login.password)
    outcome = await services.engine.submit(
        OpenAccount(login.email, password_hash), Caller(None, None, NAME)
    )
    if isinstance(outcome, Rejected):
        raise refused(outcome)
    user = outcome.first(AccountChanged).user
    bind(services.engine.view.generation)
    call.holder = user.id
    issued = await issue(call, KeyRequest(label="first"))
    return {"id": str(user.id), "email": user.email, **issued}


async def login(call: Call) -> Object:
    """A token for managing keys."""
    login, services, view = call.read(LoginRequest), call.services, call.view
    user = view.users.get(view.account_ids.get(login.email.lower(), 0))
    stored = user.password_hash if user else None
    is_right = await services.passwords.is_right(
        login.email, call.client.address, login.password, stored
    )
    if user is None or not is_right:
        message = "Email or password is wrong"
        raise ApiError(ErrorCode.INVALID_CREDENTIALS, message, status=401)
    token, expires_ms = services.tokens.issue(user, services.engine.clock.now_ms())
    return {"token": token, "expiresAt": expires_ms, "id": str(user.id)}


def _count_registration(call: Call) -> None:
    """Raises `ApiError` 429 where one address opens too many accounts."""
    who = call.client.counted
    wait_s = call.services.registrations.take(who.name, who.width)
    if wait_s:
        call.services.edge.count(EdgeReason.REGISTRATIONS)
        raise come_back(
            "Too many accounts were opened from your address; "
            f"try again in {wait_s} s, or have the administrator open them",
            wait_s,
        )


OPERATIONS = (
    Operation(
        register, ("POST /v1/register",), body=RegisterRequest, statuses=(201,), errors=(409,)
    ),
    Operation(login, ("POST /v1/login",), body=LoginRequest, errors=(401,)),
)
