"""Marking a message for translation without translating it yet."""


def N_(message: str) -> str:
    """The message itself; `make translations` collects it, and whoever shows it translates it."""
    return message
