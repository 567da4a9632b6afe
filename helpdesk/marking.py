"""Marking messages for translation where they are written, and translating them where they are shown."""

from collections.abc import Mapping

from flask_babel import gettext as _


def N_(message: str) -> str:
    """The message itself; `make translations` collects it, and whoever shows it translates it."""
    return message


def words_of(messages: Mapping[str, str]) -> dict[str, str]:
    """All words in the language at hand, for what is worded ten thousand times."""
    return {key: str(_(message)) for key, message in messages.items()}


def word(messages: Mapping[str, str], key: str) -> str:
    """The word for a key in the language at hand; an unknown key stands for itself."""
    return str(_(messages.get(key, key)))
