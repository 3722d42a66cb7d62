"""Refused commands in the dialect's words: card 11."""

from hypersim.trading.rejections import Rejected, Rejection
from tests.support.dialects.adapter import Adapter

MESSAGE = "What was wrong, and what was expected"


def test_card_11_every_rejection_has_words(adapter: Adapter) -> None:
    for reason in Rejection:
        for status, code, text in adapter.refused(Rejected(reason, MESSAGE)):
            assert 400 <= status < 600, reason
            assert code, reason
            assert text.strip(), reason
            assert reason.value not in text, f"{reason}: the core's word is no venue's"
