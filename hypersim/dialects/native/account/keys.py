"""API keys: making them needs a login, and no key gets more by another one than it has itself."""

from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from hypersim.account.user import ApiKey, Permission
from hypersim.api.accounts.rules import ALLOWED_IPS_MAX, LABEL_LENGTH_MAX, key_problem
from hypersim.api.operation import Security
from hypersim.api.services import Services
from hypersim.dialects.native.errors import ApiError, ErrorCode, invalid, refused
from hypersim.dialects.native.numbers import Object, iso
from hypersim.dialects.native.venue import NAME, Call, Operation
from hypersim.service.credentials import NATIVE_KEY_LENGTH, new_key
from hypersim.service.transaction import Caller
from hypersim.trading.account_commands import IssueKey, RevokeKey
from hypersim.trading.events import KeyChanged
from hypersim.trading.rejections import Rejected

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


_key_decoder = msgspec.json.Decoder(KeyRequest)


async def create_key(call: Call) -> Object:
    """A new API key; the secret is shown once."""
    if call.key is not None:
        message = "An API key makes no keys: log in and send Authorization: Bearer TOKEN"
        raise ApiError(ErrorCode.PERMISSION_DENIED, message, status=403)
    call.body = call.body or b"{}"
    return await issue(call.services, _asker(call), call.read(_key_decoder))


async def list_keys(call: Call) -> list[Object]:
    """The account's API keys, without secrets."""
    asker = _asker(call)
    return [key_body(key) for key in call.view.keys.values() if asker.may_handle(key)]


async def revoke_key(call: Call) -> Object:
    """Revoke an API key for good."""
    asker, name, engine = _asker(call), call.argument, call.services.engine
    key = engine.view.keys.get(name)
    if key is not None and key.account_id == asker.account_id and not asker.may_handle(key):
        message = "This API key is restricted: it may revoke itself only"
        raise ApiError(ErrorCode.PERMISSION_DENIED, message, status=403)
    outcome = await engine.submit(RevokeKey(name, asker.account_id), asker.caller)
    if isinstance(outcome, Rejected):
        raise refused(outcome)
    return key_body(outcome.first(KeyChanged).key)


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


def _asker(call: Call) -> Asker:
    return Asker(call.account_id, call.key)


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
