"""What pages behind a link in a mail share: the language of whoever got it, and the page once it is over."""

from typing import Protocol

from flask import render_template
from flask.typing import ResponseReturnValue

from helpdesk.customers.models import Contact


class MailLink(Protocol):
    @property
    def contact(self) -> Contact | None: ...


def language_of(link: MailLink) -> str:
    """The contact's, Japanese for who is none."""
    return link.contact.language.value if link.contact else "ja"


def link_over(link: MailLink | None) -> ResponseReturnValue:
    """404 for a link that never was, 410 for one that ended; without a word about whom or what it was for."""
    return render_template("public/answer_over.html", known=link is not None), 404 if link is None else 410
