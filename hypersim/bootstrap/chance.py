"""Whether all chance that clients see follows from the seed, so that each run is the same."""

from ipaddress import ip_address
from pathlib import Path

from hypersim.service.chance import Purpose, SeededChance, source, use
from hypersim.service.credentials import LoginTokens
from hypersim.settings import Settings, SettingsError
from hypersim.storage.kept_numbers import kept_numbers
from hypersim.storage.vault import Vault

DEFAULT_SEED = 7
TOKENS_KEY_BYTES = 32


def check_reproducible(settings: Settings) -> None:
    """Secrets that follow from a seed are for this machine only. Raises SettingsError."""
    if not is_reproducible(settings) or _is_loopback(settings.host):
        return
    option = "--reproducible" if settings.reproducible else "--clock step"
    raise SettingsError(
        f"{option} draws keys and secrets from --seed, so it needs a loopback host such as "
        f"127.0.0.1, not {settings.host}"
    )


def choose_chance(settings: Settings, root: Path, *, is_new: bool) -> SeededChance:
    """Have the process draw from the seed, or from the system. `is_new` is whether the record in
    `root` tells of nothing yet. Returns what follows from the seed in any case, as faults do."""
    chance = SeededChance(seed_of(settings), kept_numbers(root, is_new=is_new))
    use(chance if is_reproducible(settings) else None)
    return chance


def login_tokens(settings: Settings, vault: Vault) -> LoginTokens:
    """Signed with what only this record has, or with what follows from the seed."""
    if is_reproducible(settings):
        return LoginTokens(source().once(Purpose.LOGIN_TOKENS, TOKENS_KEY_BYTES))
    return LoginTokens(vault.derive("login tokens"))


def seed_of(settings: Settings) -> int:
    """What all chance of the run follows from."""
    return DEFAULT_SEED if settings.seed is None else settings.seed


def is_reproducible(settings: Settings) -> bool:
    """Whether each run with the same requests is the same."""
    return settings.reproducible or settings.clock == "step"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
