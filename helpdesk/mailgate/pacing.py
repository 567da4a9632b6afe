"""How fast mails of one thread, sender and domain come, for the caps that end loops (R14, security.md)."""

from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Boolean, ColumnElement, DateTime, Integer, Text, bindparam, func, literal, select

from helpdesk import clock
from helpdesk.extensions import db
from helpdesk.mailgate.ledger import Disposition, IncomingMail
from helpdesk.mailgate.parsing import Mail
from helpdesk.mailgate.routing import Cap, Limits, Pace, answers_something, cap_on

WINDOW = timedelta(hours=1)
TAKEN = (Disposition.new_ticket, Disposition.follow_up, Disposition.alert)


def cap_for(row: IncomingMail, mail: Mail, *, takes_part: bool) -> Cap | None:
    """The cap this mail runs into, from what the ledger took within the last hour: one statement.

    Mails of a loop come in one batch: what was filed just before is written first, so that it counts.
    """
    config = current_app.config
    answers = answers_something(mail)
    if row.thread is not None or answers:
        db.session.flush()
    limits = Limits(config["MAIL_CAP_THREAD"], config["MAIL_CAP_SENDER"], config["MAIL_CAP_DOMAIN"])
    pace = _pace(row, limits)
    return cap_on(pace, limits, answers=answers, takes_part=takes_part)


def _pace(row: IncomingMail, limits: Limits) -> Pace:
    found = db.session.execute(
        _COUNTS,
        {
            "me": row.id,
            "since": clock.now() - WINDOW,
            "thread": row.thread.id if row.thread else None,
            "sender": row.sender,
            "domain": row.sender_domain,
            "digest": row.digest,
            "verified": row.verified,
            "thread_limit": limits.thread,
            "same_limit": limits.same_words,
            "sender_limit": limits.sender,
            "domain_limit": limits.domain,
        },
    ).one()
    since = (row.received_at - found.last).total_seconds() if found.last else None
    return Pace(found.thread, found.repeated, found.sender, found.domain, since)


_RECENT = (
    IncomingMail.received_at > bindparam("since", type_=DateTime(timezone=True)),
    IncomingMail.id != bindparam("me", type_=Integer),
    IncomingMail.disposition.in_(TAKEN),
)
_THREAD = IncomingMail.thread_id == bindparam("thread", type_=Integer)
_ALIKE = IncomingMail.verified == bindparam("verified", type_=Boolean)
"""Who forges a sender uses up the cap of the unverified only."""
_SENDER = (IncomingMail.sender == bindparam("sender", type_=Text)) & _ALIKE


def _count(where: ColumnElement[bool], limit: str) -> Any:
    """A count that stops at the limit, so that it costs no more in a storm."""
    taken = select(literal(1)).where(where, *_RECENT).limit(bindparam(limit, type_=Integer)).subquery()
    return select(func.count()).select_from(taken).scalar_subquery()


_COUNTS = select(
    _count(_THREAD, "thread_limit").label("thread"),
    _count(_SENDER & (IncomingMail.digest == bindparam("digest", type_=Text)), "same_limit").label("repeated"),
    _count(_SENDER, "sender_limit").label("sender"),
    _count((IncomingMail.sender_domain == bindparam("domain", type_=Text)) & _ALIKE, "domain_limit").label("domain"),
    select(func.max(IncomingMail.received_at)).where(_THREAD, *_RECENT).scalar_subquery().label("last"),
)
"""Built once: putting it together costs more than running it."""
