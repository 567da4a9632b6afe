"""How fast mails of one thread, sender and domain come, for the caps that end loops (R14)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Boolean, ColumnElement, DateTime, Integer, Text, bindparam, column, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from helpdesk import clock
from helpdesk.extensions import db
from helpdesk.mailgate.ledger import Disposition, IncomingMail
from helpdesk.mailgate.parsing import Mail
from helpdesk.mailgate.routing import Cap, Limits, Pace, answers_something, cap_on

WINDOW = timedelta(hours=1)
TAKEN = (Disposition.new_ticket, Disposition.follow_up, Disposition.alert)


def cap_for(row: IncomingMail, mail: Mail, paces: Mapping[int, Pace], *, takes_part: bool) -> Cap | None:
    """The cap this mail runs into, from what the ledger took within the last hour.

    `paces` were read for the whole batch. Mails of a loop come in one batch, too: for an answer, and on a thread, what
    was filed just before is written first and counted anew.
    """
    answers = answers_something(mail)
    pace = paces.get(row.id)
    if pace is None or row.thread is not None or answers:
        db.session.flush()
        pace = paces_of([row])[row.id]
    return cap_on(pace, _limits(), answers=answers, takes_part=takes_part)


def paces_of(rows: Sequence[IncomingMail]) -> dict[int, Pace]:
    """How fast mails like each of these came, by its number: one statement for all of them."""
    limits = _limits()
    asked: dict[str, Any] = {
        "me": [row.id for row in rows],
        "thread": [row.thread.id if row.thread else None for row in rows],
        "sender": [row.sender for row in rows],
        "domain": [row.sender_domain for row in rows],
        "digest": [row.digest for row in rows],
        "verified": [row.verified for row in rows],
        "since": clock.now() - WINDOW,
        "thread_limit": limits.thread,
        "same_limit": limits.same_words,
        "sender_limit": limits.sender,
        "domain_limit": limits.domain,
    }
    received = {row.id: row.received_at for row in rows}
    return {
        counts.me: Pace(
            counts.thread,
            counts.own_thread,
            counts.repeated,
            counts.sender,
            counts.domain,
            (received[counts.me] - counts.last).total_seconds() if counts.last else None,
        )
        for counts in db.session.execute(_COUNTS, asked)
    }


def _limits() -> Limits:
    config = current_app.config
    return Limits(config["MAIL_CAP_THREAD"], config["MAIL_CAP_SENDER"], config["MAIL_CAP_DOMAIN"])


def _array(name: str, of: type[TypeEngine[Any]]) -> Any:
    return bindparam(name, type_=ARRAY(of))


_MAILS = (
    func.unnest(
        _array("me", Integer),
        _array("thread", Integer),
        _array("sender", Text),
        _array("domain", Text),
        _array("digest", Text),
        _array("verified", Boolean),
    )
    .table_valued(
        column("me", Integer),
        column("thread", Integer),
        column("sender", Text),
        column("domain", Text),
        column("digest", Text),
        column("verified", Boolean),
    )
    .render_derived("mails")
)
_RECENT = (
    IncomingMail.received_at > bindparam("since", type_=DateTime(timezone=True)),
    IncomingMail.id != _MAILS.c.me,
    IncomingMail.disposition.in_(TAKEN),
)
_THREAD = IncomingMail.thread_id == _MAILS.c.thread
_TAKES_UP = (IncomingMail.disposition == Disposition.follow_up) | (IncomingMail.sender == _MAILS.c.sender)
"""What went on a ticket, and what its writer sent there: others who only point at it use up nobody's who takes part."""
_ALIKE = IncomingMail.verified == _MAILS.c.verified
"""Who forges a sender uses up the cap of the unverified only."""
_SENDER = (IncomingMail.sender == _MAILS.c.sender) & _ALIKE


def _count(where: ColumnElement[bool], limit: str) -> Any:
    """A count that stops at the limit, so that it costs no more in a storm."""
    taken = (
        select(literal(1)).where(where, *_RECENT).limit(bindparam(limit, type_=Integer)).correlate(_MAILS).subquery()
    )
    return select(func.count()).select_from(taken).scalar_subquery()


_COUNTS = select(
    _MAILS.c.me,
    _count(_THREAD, "thread_limit").label("thread"),
    _count(_THREAD & _TAKES_UP, "thread_limit").label("own_thread"),
    _count(_SENDER & (IncomingMail.digest == _MAILS.c.digest), "same_limit").label("repeated"),
    _count(_SENDER, "sender_limit").label("sender"),
    _count((IncomingMail.sender_domain == _MAILS.c.domain) & _ALIKE, "domain_limit").label("domain"),
    select(func.max(IncomingMail.received_at))
    .where(_THREAD, *_RECENT)
    .correlate(_MAILS)
    .scalar_subquery()
    .label("last"),
)
"""Built once: putting it together costs more than running it."""
