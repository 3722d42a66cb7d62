"""API keys: making them needs a login, and no key gets more by another one than it has itself."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hypersim.account.user import ApiKey, Permission
from hypersim.api.accounts.rules import ALLOWED_IPS_MAX, LABEL_LENGTH_MAX, key_problem
from hypersim.api.operation import Security
from hypersim.api.plain_json import Object, iso
from hypersim.dialects.native.errors import ApiError, ErrorCode, invalid
from hypersim.dialects.native.venue import Call, Operation
from hypersim.service.credentials import NATIVE_KEY_LENGTH, new_key
from hypersim.trading.account_commands import IssueKey, RevokeKey
from hypersim.trading.events import KeyChanged

Network = Annotated[str, Meta(description="An address, or a network like 10.0.0.0/8")]


class KeyRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST /v1/keys`. No `allowedIps` means from anywhere."""

    label: Annotated[str, Meta(extra_json_schema={"maxLength": LABEL_LENGTH_MAX})] = ""
    permissions: Annotated[list[Permission], Meta(extra_json_schema={"minItems": 1})] = (
        msgspec.field(default_factory=lambda: list(Permission))
    )
    allowedIps: Annotated[  # noqa: N815 - in the style of CCXT's names
        list[Network], Meta(extra_json_schema={"maxItems": ALLOWED_IPS_MAX})
    ] = []


async def create_key(call: Call) -> Object:
    """A new API key; the secret is shown once."""
    if call.key is not None:
        message = "An API key makes no keys: log in and send Authorization: Bearer TOKEN"
        raise ApiError(ErrorCode.PERMISSION_DENIED, message, status=403)
    call.body = call.body or b"{}"
    return await issue(call, call.read(KeyRequest))


async def list_keys(call: Call) -> list[Object]:
    """The account's API keys, without secrets."""
    return [key_body(key) for key in call.view.keys.values() if _may_handle(call, key)]


async def revoke_key(call: Call) -> Object:
    """Revoke an API key for good."""
    key = call.view.keys.get(call.argument)
    if key is not None and key.account_id == call.account_id and not _may_handle(call, key):
        message = "This API key is restricted: it may revoke itself only"
        raise ApiError(ErrorCode.PERMISSION_DENIED, message, status=403)
    done = await call.execute(RevokeKey(call.argument, call.account_id))
    return key_body(done.first(KeyChanged).key)


async def issue(call: Call, wanted: KeyRequest) -> Object:
    """A new key of the account that the call is of, with its secret."""
    if problem := key_problem(wanted.label, wanted.permissions, wanted.allowedIps):
        raise invalid(problem)
    name, secret = new_key(NATIVE_KEY_LENGTH)
    command = IssueKey(
        call.account_id,
        name,
        secret,
        wanted.label,
        permissions=frozenset(wanted.permissions),
        allowed_ips=tuple(wanted.allowedIps),
    )
    issued = (await call.execute(command)).first(KeyChanged).key
    return {**key_body(issued), "apiSecret": secret.value}


def _may_handle(call: Call, other: ApiKey) -> bool:
    """Whether who asks, with a key or a login, may see and revoke a key: nobody gets more than the
    key asked with has."""
    if other.account_id != call.account_id:
        return False
    return call.key is None or not call.key.is_restricted or call.key.key == other.key


def key_body(key: ApiKey) -> Object:
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


OPERATIONS = (
    Operation(
        create_key,
        ("POST /v1/keys",),
        security=Security.TRADE,
        takes_token=True,
        body=KeyRequest | None,
        statuses=(201,),
        errors=(409,),
    ),
    Operation(list_keys, ("GET /v1/keys",), security=Security.READ, takes_token=True),
    Operation(
        revoke_key,
        ("DELETE /v1/keys/{name}",),
        security=Security.TRADE,
        takes_token=True,
        errors=(404,),
    ),
)
