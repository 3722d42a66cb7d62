"""Where the admin token comes from."""

import stat
from pathlib import Path

import pytest

from hypersim.account.user import Secret
from hypersim.admin.token import TOKEN_FILE, AdminTokenUnusable, admin_token


def test_a_given_token_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    assert admin_token(Secret("given-token"), tmp_path) == Secret("given-token")
    assert not list(tmp_path.iterdir())


def test_a_token_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    root = tmp_path / "not" / "there"
    token = admin_token(None, root)
    assert len(token.value) >= 32
    assert admin_token(None, root) == token
    assert stat.S_IMODE((root / TOKEN_FILE).stat().st_mode) == 0o600
    assert [path.name for path in root.iterdir()] == [TOKEN_FILE]


def test_two_data_directories_have_two_tokens(tmp_path: Path) -> None:
    assert admin_token(None, tmp_path / "a") != admin_token(None, tmp_path / "b")


@pytest.mark.parametrize("text", ["", " ", "two words", "tab\t", "new\nline", "\u00e9"])
def test_a_token_that_no_header_can_carry_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(AdminTokenUnusable) as raised:
        admin_token(Secret(text), tmp_path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("text", ["x", "admin", "1234567", "a" * 40, "abcabcabc"])
def test_a_token_that_is_easily_guessed_is_refused_wherever_it_comes_from(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(AdminTokenUnusable, match="too easily guessed"):
        admin_token(Secret(text), tmp_path)
    path = tmp_path / TOKEN_FILE
    path.write_text(text + "\n")
    path.chmod(0o600)
    with pytest.raises(AdminTokenUnusable, match=TOKEN_FILE) as raised:
        admin_token(None, tmp_path)
    assert "\n" not in str(raised.value)


def test_an_empty_token_file_lets_nobody_in(tmp_path: Path) -> None:
    path = tmp_path / TOKEN_FILE
    path.touch(0o600)
    with pytest.raises(AdminTokenUnusable, match=TOKEN_FILE):
        admin_token(None, tmp_path)


def test_a_token_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / TOKEN_FILE
    path.write_text("known-to-all")
    path.chmod(0o644)
    with pytest.raises(AdminTokenUnusable, match="others may read") as raised:
        admin_token(None, tmp_path)
    assert "known-to-all" not in str(raised.value)


def test_a_data_directory_that_cannot_be_gives_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AdminTokenUnusable, match="cannot be used"):
        admin_token(None, tmp_path / "file")
