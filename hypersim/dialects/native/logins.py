"""Registering, logging in, and API keys: section 4.4.1 of the source design."""

import asyncio
from typing import Any

import msgspec
from litestar import Response, delete, get, post

from hypersim.account.user import ApiKey, Permission
from hypersim.api.account_rules import KEYS_MAX, is_email, key_problem, password_problem
from hypersim.api.services import Services
from hypersim.dialects.native.auth import (
    NativeRequest,
    authenticate,
    charge_address,
    scope_of,
    services_of,
)
from hypersim.dialects.native.bodies import iso
from hypersim.dialects.native.errors import ApiError, ErrorCode, invalid, refused
from hypersim.dialects.native.market import reply
from hypersim.dialects.native.parsing import decode
from hypersim.dialects.native.schema import KEY_BODY, LIST, LOGIN_BODY, REGISTER_BODY, operation
from hypersim.service.credentials import (
    PASSWORD_LENGTH_MAX,
    hash_password,
    is_password,
    new_key,
)
from hypersim.trading.commands import IssueKey, OpenAccount, RevokeKey
from hypersim.trading.events import AccountChanged, KeyChanged
from hypersim.trading.rejections import Rejected


class LoginRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/register` and `POST /v1/login`."""

    email: str
    password: str


class KeyRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/keys`. No `allowedIps` means from anywhere."""

    label: str = ""
    permissions: list[Permission] = msgspec.field(default_factory=lambda: list(Permission))
    allowedIps: list[str] = []  # noqa: N815 - in the style of CCXT's names


_login_decoder = msgspec.json.Decoder(LoginRequest)
_key_decoder = msgspec.json.Decoder(KeyRequest)


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
    password_hash = await asyncio.to_thread(hash_password, login.password)
    outcome = await services_of(request).engine.submit(OpenAccount(login.email, password_hash))
    if isinstance(outcome, Rejected):
        raise refused(outcome)
    user = next(event.user for event in outcome if isinstance(event, AccountChanged))
    issued = await issue(services_of(request), user.id, KeyRequest(label="first"))
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
    if (
        user is None
        or stored is None
        or not await asyncio.to_thread(is_password, login.password[:PASSWORD_LENGTH_MAX], stored)
    ):
        message = "Email or password is wrong"
        raise ApiError(ErrorCode.INVALID_CREDENTIALS, message, status=401)
    token, expires_ms = services.tokens.issue(user.id, services.engine.clock.now_ms())
    return reply({"token": token, "expiresAt": expires_ms, "id": str(user.id)})


@post(
    "/v1/keys",
    status_code=201,
    summary="A new API key; the secret is shown once",
    operation_class=operation(
        body=KEY_BODY,
        is_body_required=False,
        statuses=(201,),
        is_signed=True,
        takes_token=True,
        errors=(409,),
    ),
)
async def create_key(request: NativeRequest) -> Response[bytes]:
    account_id = await owner(request, Permission.TRADE)
    wanted = decode(_key_decoder, await request.body() or b"{}")
    return reply(await issue(services_of(request), account_id, wanted), 201)


@get(
    "/v1/keys",
    summary="The account's API keys, without secrets",
    operation_class=operation(answer=LIST, is_signed=True, takes_token=True),
)
async def list_keys(request: NativeRequest) -> Response[bytes]:
    account_id = await owner(request, Permission.READ)
    keys = services_of(request).engine.view.keys.values()
    return reply([key_body(key) for key in keys if key.account_id == account_id])


@delete(
    "/v1/keys/{name:str}",
    status_code=200,
    summary="Revoke an API key for good",
    operation_class=operation(is_signed=True, takes_token=True, errors=(404,)),
)
async def revoke_key(request: NativeRequest, name: str) -> Response[bytes]:
    account_id = await owner(request, Permission.TRADE)
    outcome = await services_of(request).engine.submit(RevokeKey(name, account_id))
    if isinstance(outcome, Rejected):
        raise refused(outcome)
    return reply(key_body(next(e.key for e in outcome if isinstance(e, KeyChanged))))


async def owner(request: NativeRequest, permission: Permission) -> int:
    """The account of a login token, or of the key that signed."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        return authenticate(
            services_of(request), scope_of(request), await request.body(), permission
        ).account_id
    charge_address(services_of(request), scope_of(request))
    services = services_of(request)
    engine = services.engine
    account_id = services.tokens.account_id(token, engine.clock.now_ms())
    if scheme.lower() != "bearer" or account_id not in engine.view.users:
        message = "The login token is invalid or over; log in again"
        raise ApiError(ErrorCode.INVALID_CREDENTIALS, message, status=401)
    return account_id


async def issue(services: Services, account_id: int, wanted: KeyRequest) -> dict[str, Any]:
    """A new key, with its secret."""
    if problem := key_problem(wanted.label, wanted.permissions, wanted.allowedIps):
        raise invalid(problem)
    in_use = [
        key
        for key in services.engine.view.keys.values()
        if key.account_id == account_id and key.revoked_ms is None
    ]
    if len(in_use) >= KEYS_MAX:
        raise invalid(f"There are {KEYS_MAX} API keys already; revoke one first")
    name, secret = new_key()
    command = IssueKey(
        account_id,
        name,
        secret,
        wanted.label,
        permissions=frozenset(wanted.permissions),
        allowed_ips=tuple(wanted.allowedIps),
    )
    outcome = await services.engine.submit(command)
    if isinstance(outcome, Rejected):
        raise refused(outcome)
    issued = next(event.key for event in outcome if isinstance(event, KeyChanged))
    return {**key_body(issued), "apiSecret": secret.value}


LOGIN_HANDLERS = [register, login, create_key, list_keys, revoke_key]


def key_body(key: ApiKey) -> dict[str, Any]:
    """A key as its owner sees it; the secret is never shown again."""
    return {
        "apiKey": key.key,
        "label": key.label,
        "kind": key.kind,
        "permissions": sorted(key.permissions),
        "allowedIps": list(key.allowed_ips),
        "timestamp": key.created_ms,
        "datetime": iso(key.created_ms),
        "revoked": key.revoked_ms is not None,
    }
