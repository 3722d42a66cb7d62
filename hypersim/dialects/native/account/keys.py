"""API keys: making them needs a login, and no key gets more by another one than it has itself."""

from typing import Any, NamedTuple

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath

from hypersim.account.user import ApiKey, Permission
from hypersim.api.accounts.rules import key_problem
from hypersim.api.services import Services
from hypersim.dialects.native.auth import (
    NAME,
    NativeRequest,
    authenticate,
    charge_address,
    scope_of,
    services_of,
)
from hypersim.dialects.native.errors import ApiError, ErrorCode, invalid, refused
from hypersim.dialects.native.market.endpoints import reply
from hypersim.dialects.native.numbers import iso
from hypersim.dialects.native.params import decode
from hypersim.dialects.native.words import KEY_BODY, LIST, operation
from hypersim.service.credentials import NATIVE_KEY_LENGTH, new_key
from hypersim.service.transaction import Caller
from hypersim.trading.account_commands import IssueKey, RevokeKey
from hypersim.trading.events import KeyChanged
from hypersim.trading.rejections import Rejected


class KeyRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/keys`. No `allowedIps` means from anywhere."""

    label: str = ""
    permissions: list[Permission] = msgspec.field(default_factory=lambda: list(Permission))
    allowedIps: list[str] = []  # noqa: N815 - in the style of CCXT's names


_key_decoder = msgspec.json.Decoder(KeyRequest)


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
    asker = await asked_by(request, Permission.TRADE)
    if asker.key is not None:
        message = "An API key makes no keys: log in and send Authorization: Bearer TOKEN"
        raise ApiError(ErrorCode.PERMISSION_DENIED, message, status=403)
    wanted = decode(_key_decoder, await request.body() or b"{}")
    return reply(await issue(services_of(request), asker, wanted), 201)


@get(
    "/v1/keys",
    summary="The account's API keys, without secrets",
    operation_class=operation(answer=LIST, is_signed=True, takes_token=True),
)
async def list_keys(request: NativeRequest) -> Response[bytes]:
    asker = await asked_by(request, Permission.READ)
    keys = services_of(request).engine.view.keys.values()
    return reply([key_body(key) for key in keys if asker.may_handle(key)])


@delete(
    "/v1/keys/{name:str}",
    status_code=200,
    summary="Revoke an API key for good",
    operation_class=operation(is_signed=True, takes_token=True, errors=(404,)),
)
async def revoke_key(request: NativeRequest, name: FromPath[str]) -> Response[bytes]:
    asker = await asked_by(request, Permission.TRADE)
    engine = services_of(request).engine
    key = engine.view.keys.get(name)
    if key is not None and key.account_id == asker.account_id and not asker.may_handle(key):
        message = "This API key is restricted: it may revoke itself only"
        raise ApiError(ErrorCode.PERMISSION_DENIED, message, status=403)
    outcome = await engine.submit(RevokeKey(name, asker.account_id), asker.caller)
    if isinstance(outcome, Rejected):
        raise refused(outcome)
    return reply(key_body(outcome.first(KeyChanged).key))


class Asker(NamedTuple):
    """Who asks about keys: somebody who logged in, or a program with a `key`."""

    account_id: int
    key: ApiKey | None = None

    @property
    def caller(self) -> Caller:
        """Whose request it is."""
        return Caller(self.account_id, self.key.key if self.key else None, NAME)

    def may_handle(self, other: ApiKey) -> bool:
        """Whether it may see and revoke a key: nobody gets more than the key asked with has."""
        if other.account_id != self.account_id:
            return False
        return self.key is None or not self.key.is_restricted or self.key.key == other.key


async def asked_by(request: NativeRequest, permission: Permission) -> Asker:
    """The account of a login token, or the key that signed, which must have the permission."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        key = authenticate(
            services_of(request), scope_of(request), await request.body(), permission
        )
        return Asker(key.account_id, key)
    charge_address(services_of(request), scope_of(request))
    services = services_of(request)
    engine = services.engine
    engine.view.bind()
    account_id = services.tokens.account_id(token, engine.view.users, engine.clock.now_ms())
    if scheme.lower() != "bearer" or account_id is None:
        message = "The login token is invalid or over; log in again"
        raise ApiError(ErrorCode.INVALID_CREDENTIALS, message, status=401)
    return Asker(account_id)


async def issue(services: Services, asker: Asker, wanted: KeyRequest) -> dict[str, Any]:
    """A new key, with its secret."""
    if problem := key_problem(wanted.label, wanted.permissions, wanted.allowedIps):
        raise invalid(problem)
    name, secret = new_key(NATIVE_KEY_LENGTH)
    command = IssueKey(
        asker.account_id,
        name,
        secret,
        wanted.label,
        permissions=frozenset(wanted.permissions),
        allowed_ips=tuple(wanted.allowedIps),
    )
    outcome = await services.engine.submit(command, asker.caller)
    if isinstance(outcome, Rejected):
        raise refused(outcome)
    issued = outcome.first(KeyChanged).key
    return {**key_body(issued), "apiSecret": secret.value}


KEY_HANDLERS = [create_key, list_keys, revoke_key]


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
