"""Outgoing mail. A notice is an errand: sent again with the same Message-ID when in doubt, never dropped."""

import enum
import secrets
from datetime import datetime
from typing import Any, ClassVar

from flask import current_app, render_template
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.errands import Errand
from helpdesk.extensions import Model, db


class Automatic(enum.StrEnum):
    """RFC 3834's Auto-Submitted: what kind of machine wrote this mail."""

    no = "no"
    replied = "auto-replied"
    generated = "auto-generated"


class Notice(Errand, Model):
    """One mail to one person. `message_id` is ours and stays the same over every try."""

    __tablename__ = "notices"
    JOB: ClassVar[str] = "helpdesk.notices.jobs.deliver"
    MAX_TRIES: ClassVar[int] = 125

    to_address: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    template: Mapped[str]
    message_id: Mapped[str] = mapped_column(unique=True)
    reply_to: Mapped[str | None]
    in_reply_to: Mapped[str | None]
    automatic: Mapped[Automatic]
    confidential: Mapped[bool] = mapped_column(default=False)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id", use_alter=True), index=True)
    created_at: Mapped[datetime]


def post(
    template: str,
    *,
    to: str,
    language: str,
    automatic: Automatic = Automatic.generated,
    ticket_id: int | None = None,
    reply_token: str | None = None,
    in_reply_to: str | None = None,
    confidential: bool = False,
    **words: Any,
) -> Notice:
    """Write a mail from `templates/notices/<template>.<language>.txt`, whose first line is the subject.

    The row joins the caller's transaction; a worker sends it after the commit. `confidential` bodies (links
    that sign someone in) are erased once they are sent.
    """
    text = render_template(f"notices/{template}.{language}.txt", provider=current_app.config["PROVIDER_NAME"], **words)
    subject, body = text.split("\n", 1)
    domain = current_app.config["SUPPORT_ADDRESS"].rpartition("@")[2]
    notice = Notice(
        to_address=to,
        subject=" ".join(subject.split()),
        body=body.strip() + "\n",
        template=template,
        message_id=f"<{secrets.token_hex(16)}@{domain}>",
        reply_to=reply_address(reply_token) if reply_token else None,
        in_reply_to=in_reply_to,
        automatic=automatic,
        confidential=confidential,
        ticket_id=ticket_id,
        created_at=clock.now(),
        due_at=clock.now(),
    )
    db.session.add(notice)
    return notice


def reply_address(token: str) -> str:
    """The support address with a ticket's token, to which answers come back: support+<token>@..."""
    local, _, domain = current_app.config["SUPPORT_ADDRESS"].rpartition("@")
    return f"{local}+{token}@{domain}"
