"""Outgoing mail. A notice is an errand: sent again with the same Message-ID when in doubt, never dropped."""

import enum
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from blinker import Signal
from flask import current_app
from sqlalchemy import ForeignKey, Index, LargeBinary, column, null, or_, select, table, text, union_all, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from helpdesk import clock
from helpdesk.errands import Errand, ErrandState
from helpdesk.extensions import Model, db
from helpdesk.locking import locked
from helpdesk.notices.texts import text_of
from helpdesk.settings.models import current_settings


class Automatic(enum.StrEnum):
    """RFC 3834's Auto-Submitted: what kind of machine wrote this mail."""

    no = "no"
    replied = "auto-replied"
    generated = "auto-generated"


class Charset(enum.StrEnum):
    """What a mail is written in. ISO-2022-JP is for recipients whose systems read nothing else."""

    utf_8 = "utf-8"
    iso_2022_jp = "iso-2022-jp"


undelivered = Signal()
"""Sent by a notice that does not arrive, refused for good or come back; receivers join its transaction."""
handed_over = Signal()
"""Sent by a notice that a server took; receivers join its transaction."""
LINK_MARK = "[one-time link]"
UNSENT = (ErrandState.waiting, ErrandState.queued, ErrandState.running)


class Notice(Errand, Model):
    """One mail to one person. `message_id` is ours and stays the same over every try."""

    __tablename__ = "notices"

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            *super().__table_args__,
            Index("ix_notices_recipient", "to_address", "created_at"),
            Index("ix_notices_domain", text("split_part(to_address, '@', 2)"), "created_at"),
            Index("ix_notices_files", "files", postgresql_using="gin", postgresql_where=text("files <> '[]'::jsonb")),
            Index("ix_notices_failed", "id", postgresql_where=text("state = 'failed'")),
            Index("ix_notices_bounced", "bounced_at", postgresql_where=text("bounced_at IS NOT NULL")),
        )

    JOB: ClassVar[str] = "helpdesk.notices.jobs.deliver"
    LABEL: ClassVar[str] = "Notice"
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
    """Of the release before `secret`: its body holds the link and is erased once it is sent."""
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The link that its body shows a mark for, encrypted; gone as soon as the mail is out or will never be (S8)."""
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id", use_alter=True), index=True)
    charset: Mapped[Charset] = mapped_column(default=Charset.utf_8)
    files: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    """What goes along: name, type, and SHA-256 in the file store."""
    also_to: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    cc: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    """Further addresses of the same mail."""
    refused: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    """What the server said to those of its addresses that it did not take, while it took the others."""
    withdrawn_at: Mapped[datetime | None]
    """Its recipient's right ended before it went out: it is not sent any more."""
    bounced_at: Mapped[datetime | None]
    resent_at: Mapped[datetime | None]
    """It came back and went out again as another mail."""
    bounce_words: Mapped[str | None]
    created_at: Mapped[datetime]

    def bounce(self, reason: str) -> None:
        """The mail came back: it did not arrive, whatever the relay said when it took it."""
        self.bounced_at, self.bounce_words = clock.now(), reason[:500]
        undelivered.send(self)

    def refuse(self, said: Mapping[str, str]) -> None:
        """The server took the mail for others, and not for these: where that is who it is for, it did not arrive."""
        self.refused = {address: words[:300] for address, words in said.items()}
        if self.to_address in said:
            self.bounce(said[self.to_address])

    def again_for(self, addresses: Sequence[str]) -> "Notice":
        """The same mail for those of its addresses that the server did not take for now, a minute later."""
        names = ("subject", "body", "template", "reply_to", "in_reply_to", "automatic", "charset", "files", "ticket_id")
        same = {name: getattr(self, name) for name in names}
        later = Notice(to_address=addresses[0], also_to=list(addresses[1:]), **same)
        domain = self.message_id.rpartition("@")[2]
        later.message_id, later.created_at = f"<{secrets.token_hex(16)}@{domain}", clock.now()
        later.due_at = clock.now() + timedelta(minutes=1)
        db.session.add(later)
        return later

    def fail(self, error: str) -> bool:
        """It will never be taken: whoever counted on it is told in the same transaction."""
        failed = super().fail(error)
        if failed:
            self.secret = None
            undelivered.send(self)
        return failed


def post(
    template: str,
    *,
    to: str,
    language: str,
    automatic: Automatic = Automatic.generated,
    ticket_id: int | None = None,
    reply_token: str | None = None,
    in_reply_to: str | None = None,
    secret_link: str | None = None,
    charset: Charset = Charset.utf_8,
    files: Sequence[Mapping[str, str]] = (),
    **words: Any,
) -> Notice:
    """Write a mail from `templates/notices/<template>.<language>.txt`, whose first line is the subject.

    The row joins the caller's transaction; a worker sends it after the commit. A `secret_link` signs somebody in: the
    text has it as `link`, but what is stored has a mark there.
    """
    if secret_link is not None:
        words["link"] = LINK_MARK
    subject, body = text_of(template, language, provider=current_settings().provider_name, **words).split("\n", 1)
    domain = current_app.config["SUPPORT_ADDRESS"].rpartition("@")[2]
    notice = Notice(
        to_address=to,
        subject=" ".join(subject.split()),
        body=body.strip("\n").rstrip() + "\n",
        template=template,
        message_id=f"<{secrets.token_hex(16)}@{domain}>",
        reply_to=reply_address(reply_token) if reply_token else None,
        in_reply_to=in_reply_to,
        automatic=automatic,
        secret=locked(secret_link) if secret_link is not None else None,
        charset=charset,
        files=[dict(file) for file in files],
        ticket_id=ticket_id,
    )
    notice.created_at = notice.due_at = clock.now()
    db.session.add(notice)
    return notice


def withdraw_mails(address: str, *, about_alerts: bool = False) -> None:
    """Mails to this address that have not gone out never will; with `about_alerts` only those on alert tickets."""
    others = update(Notice).where(
        Notice.state.in_((ErrandState.waiting, ErrandState.queued, ErrandState.running)),
        or_(Notice.also_to.contains([address.lower()]), Notice.cc.contains([address.lower()])),
    )
    if about_alerts:
        others = others.where(Notice.ticket_id.in_(select(_TICKETS.c.id).where(_TICKETS.c.kind == "alert")))
    without = {"also_to": Notice.also_to.op("-")(address.lower()), "cc": Notice.cc.op("-")(address.lower())}
    db.session.execute(others.values(**without))
    rows = update(Notice).where(
        Notice.to_address == address.lower(),
        Notice.state.in_((ErrandState.waiting, ErrandState.queued, ErrandState.running)),
        Notice.withdrawn_at.is_(None),
    )
    if about_alerts:
        rows = rows.where(Notice.ticket_id.in_(select(_TICKETS.c.id).where(_TICKETS.c.kind == "alert")))
    db.session.execute(rows.values(withdrawn_at=clock.now(), secret=None))


def thread_before(notice: Notice) -> tuple[str, ...]:
    """The Message-IDs on the notice's ticket before it, oldest first: those we sent and those that came in.

    Of a long thread the first and the last few: what a mail program threads by.
    """
    if notice.ticket_id is None:
        return (notice.in_reply_to,) if notice.in_reply_to else ()
    ours = select(Notice.message_id.label("id"), Notice.created_at.label("at"))
    ours = ours.where(Notice.ticket_id == notice.ticket_id, Notice.id < notice.id)
    theirs = select(_MESSAGES.c.mail_message_id, _MESSAGES.c.at).where(
        _MESSAGES.c.ticket_id == notice.ticket_id,
        _MESSAGES.c.mail_message_id.is_not(null()),
        _MESSAGES.c.at <= notice.created_at,
    )
    both = union_all(ours, theirs).subquery()
    found = list(db.session.scalars(select(both.c.id).order_by(both.c.at, both.c.id)))
    kept = found if len(found) <= THREAD_MAX else [found[0], *found[1 - THREAD_MAX :]]
    answered = [notice.in_reply_to] if notice.in_reply_to else []
    return tuple([one for one in kept if one not in answered] + answered)


THREAD_MAX = 20
_TICKETS = table("tickets", column("id"), column("kind"))
_MESSAGES = table("messages", column("ticket_id"), column("mail_message_id"), column("at"))
"""By name: tickets stand on a higher floor."""


def reply_address(token: str) -> str:
    """The support address with a ticket's token, to which answers come back: support+<token>@..."""
    local, _, domain = current_app.config["SUPPORT_ADDRESS"].rpartition("@")
    return f"{local}+{token}@{domain}"
