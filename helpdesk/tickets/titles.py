"""An alert ticket's own title, in the language of who reads it: what became of which file, on how many computers (D8).

It is stored as what it is made of, so that each reader's words are put together where it is shown.
"""

from flask_babel import force_locale
from flask_babel import gettext as _

from helpdesk.tickets.words import TITLE_WORDS
from helpdesk.wording import visible

FILE_MAX = 120
NO_SUBJECTS = ("(件名なし / no subject)", "-")
"""What is kept where a mail had no subject; each reader sees it in their language."""


def made_of(what: str, file: str | None, computers: int, computer: str | None) -> str:
    """A title as it is kept: an outcome, how many computers, the only one's name, and the file's."""
    return "\t".join((what, str(computers), _part(computer if computers == 1 else None), _part(file)))


def titled(subject: str, title: str) -> str:
    """The title in the language at hand; a ticket that has none is called by its subject."""
    what, count, computer, file = (title.split("\t") + [""] * 4)[:4]
    if what not in TITLE_WORDS:
        return str(_("(no subject)")) if subject in NO_SUBJECTS else subject
    words = _(TITLE_WORDS[what])
    if file:
        words = _("%(what)s: %(file)s", what=words, file=visible(file))
    if computer:
        return str(_("%(what)s (%(computer)s)", what=words, computer=visible(computer)))
    return str(_("%(what)s (%(count)s computers)", what=words, count=count)) if count != "0" else str(words)


def titled_in(language: str, subject: str, title: str) -> str:
    """The title in another language, for a mail."""
    with force_locale(language):
        return titled(subject, title)


def _part(words: str | None) -> str:
    return " ".join((words or "").split())[:FILE_MAX]
