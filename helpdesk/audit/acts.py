"""What can be done, room by room: each act of the record with its sentence (R63).

A room's acts stand in its `acts.py`. Their keys are stored and stay; their sentences may change.
"""

import enum
from collections.abc import Callable
from typing import Any, Self

from flask_babel import gettext as _

_KNOWN: dict[str, "Act"] = {}


class Details(dict[str, Any]):
    """What an event tells beside its act. In a sentence, what is empty or was never told reads as a dash."""

    def __getitem__(self, name: str) -> Any:
        value = self.get(name)
        return "—" if value is None or value == "" else value


Sentence = str | Callable[[Details], str] | None


class Act(enum.Enum):
    """Base of the rooms' acts. A sentence is a message with `%(detail)s`, a function of the details where that is not
    enough, or None where the thread shows the act in another way."""

    sentence: Sentence

    def __new__(cls, key: str, sentence: Sentence) -> Self:
        act = object.__new__(cls)
        act._value_, act.sentence = key, sentence
        _KNOWN[key] = act
        return act

    def said(self, details: dict[str, Any]) -> str | None:
        """The sentence in the language at hand."""
        if self.sentence is None:
            return None
        told = Details(details)
        return self.sentence(told) if callable(self.sentence) else str(_(self.sentence)) % told


def act_of(key: str) -> Act | None:
    """The act of a stored key; None for one that no room knows any more."""
    return _KNOWN.get(key)
