"""What has outlived its period is deleted, class by class (16-1 `相当な期間`; R61).

A period of 0 days keeps for ever. Each run works in portions and tells how much went; a dry one counts only.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, delete, func, or_, select, update

from helpdesk import clock
from helpdesk.accounts.models import SESSION_LIFE, SignIn
from helpdesk.audit.models import SYSTEM, Actor, AuditEvent
from helpdesk.audit.personal import AuditValue
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.models import Contract
from helpdesk.customers.models import Contact
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.files.dropping import forget
from helpdesk.mailgate.ledger import IncomingMail
from helpdesk.masking import ERASED
from helpdesk.notices.models import Notice
from helpdesk.privacy.emptying import emptied_value, empty
from helpdesk.privacy.kinds import OPEN_STATES
from helpdesk.privacy.leaving import ask_for_erasing
from helpdesk.privacy.models import Disclosure, Erasure, PersonalRequest, RetentionRun
from helpdesk.settings.models import current_settings
from helpdesk.tickets.kinds import TicketKind
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket

PORTION = 500
_APART = {"synchronize_session": False}
NIGHT = (1, 5)
"""Hours of the service's zone in which the nightly run is asked for."""


def periods() -> dict[str, int]:
    """Days by class as they hold now."""
    values = asdict(current_settings())
    return {name: int(values[name]) for name in _EXPIRED}


def expired(name: str, days: int) -> Select[Any]:
    """The keys of what is older than so many days."""
    before = clock.now() - timedelta(days=days)
    return _EXPIRED[name](before)


def counted() -> bool:
    """Whether the newest run counted with the periods that hold now: only then is anything deleted by hand."""
    newest = db.session.scalar(select(RetentionRun).order_by(RetentionRun.id.desc()).limit(1))
    return bool(newest and newest.dry and newest.finished_at and newest.settings == periods())


def ask_for_run(by: Actor, *, dry: bool) -> RetentionRun:
    """Have counted what would go, or have it deleted now. Refused without periods, and before it was counted."""
    if not any(periods().values()):
        raise Refusal(_("No period is set: everything is kept."))
    if not dry and not counted():
        raise Refusal(_("Count first what would go with the periods as they are now."))
    now = clock.now()
    run = RetentionRun(asked_at=now, by_name=by.name, dry=dry, due_at=now, went={}, settings=periods())
    db.session.add(run)
    return run


def ask_for_nightly_run() -> RetentionRun | None:
    """Once a night, where any period is set; None at other times and where tonight's run is there."""
    now = clock.now()
    hour = now.astimezone(current_calendar().hours.zone).hour
    if not NIGHT[0] <= hour < NIGHT[1] or not any(periods().values()):
        return None
    tonight = select(RetentionRun.id).where(RetentionRun.asked_at > now - timedelta(hours=12), ~RetentionRun.dry)
    if db.session.scalar(tonight.limit(1)) is not None:
        return None
    run = RetentionRun(asked_at=now, by_name="—", dry=False, due_at=now, went={}, settings=periods())
    db.session.add(run)
    return run


def count_expired(held: Mapping[str, int] | None = None) -> dict[str, int]:
    """How much would go now, by class, with these periods or those that hold."""
    return {
        name: db.session.scalar(select(func.count()).select_from(expired(name, days).subquery())) or 0
        for name, days in (periods() if held is None else held).items()
        if days
    }


@dataclass(frozen=True)
class Portion:
    """How much went, and the last key of it."""

    count: int
    last: int


def expire_portion(name: str, days: int, after: int, ground: str) -> Portion:
    """Delete one portion of a class beyond a key, in the caller's transaction."""
    before = clock.now() - timedelta(days=days)
    rows, key = _EXPIRED[name](before), _KEYS[name]
    keys = db.session.scalars(rows.where(key > after).order_by(key).limit(PORTION)).all()
    if keys:
        forget(_DELETED[name](keys, ground))
    return Portion(len(keys), keys[-1] if keys else after)


def _inquiries(before: datetime) -> Select[Any]:
    """One that was emptied may have gone on since."""
    said = select(Message.id).where(Message.ticket_id == Ticket.id, Message.body != ERASED)
    rows = select(Ticket.id).where(
        Ticket.closed_at < before, Ticket.kind == TicketKind.inquiry, or_(Ticket.subject != ERASED, said.exists())
    )
    return rows


def _originals(before: datetime) -> Select[Any]:
    rows = select(IncomingMail.id).where(IncomingMail.received_at < before, IncomingMail.raw_sha256.is_not(None))
    return rows.where(IncomingMail.disposition.is_not(None))


def _notices(before: datetime) -> Select[Any]:
    ended = (ErrandState.done, ErrandState.failed)
    rows = select(Notice.id).where(Notice.created_at < before, Notice.state.in_(ended), Notice.body != ERASED)
    return rows


def _sign_ins(before: datetime) -> Select[Any]:
    """Those that have ended, or could not go on; they are in real time, whatever the service's clock says."""
    real = clock.real_now() - (clock.now() - before)
    oldest = clock.real_now() - SESSION_LIFE
    return select(SignIn.id).where(or_(SignIn.ended_at < real, SignIn.at < min(real, oldest)))


def _people(before: datetime) -> Select[Any]:
    """Closed people of customers that have no contract that runs or ended since (16-7)."""
    day = current_calendar().hours.local_date(before)
    runs = select(Contract.id).where(
        Contract.customer_id == Contact.customer_id,
        or_(Contract.in_force_until.is_(None), Contract.in_force_until >= day),
    )
    done = select(Erasure.id).where(Erasure.contact_id == Contact.id)
    rows = select(Contact.id).where(
        Contact.closed_at < before, Contact.merged_into_id.is_(None), Contact.name != ERASED
    )
    open_ones = select(Ticket.id).where(
        Ticket.requester_id == Contact.id, Ticket.closed_at.is_(None), Ticket.kind == TicketKind.inquiry
    )
    asked = select(PersonalRequest.id).where(
        PersonalRequest.contact_id == Contact.id, PersonalRequest.state.in_(OPEN_STATES)
    )
    return rows.where(~runs.exists(), ~done.exists(), ~open_ones.exists(), ~asked.exists())


def _names(before: datetime) -> Select[Any]:
    """Rows of the record that still have something beside them."""
    kept = select(AuditValue.event_id).where(AuditValue.erased_at.is_(None)).distinct()
    return kept.join(AuditEvent, AuditEvent.id == AuditValue.event_id).where(AuditEvent.at < before)


def _disclosures(before: datetime) -> Select[Any]:
    rows = select(Disclosure.id).where(Disclosure.made_at < before, Disclosure.json_sha256.is_not(None))
    return rows


def _drop_inquiries(keys: Any, ground: str) -> set[str]:
    messages = db.session.scalars(select(Message.id).where(Message.ticket_id.in_(keys))).all()
    nobody = dict.fromkeys(("contacts", "users", "addresses", "events", "requests"), ())
    return empty({**nobody, "tickets": keys, "messages": messages, "ground": ground}, Counter())


def _drop_originals(keys: Any, _ground: str) -> set[str]:
    mails = select(IncomingMail.raw_sha256).where(IncomingMail.id.in_(keys), IncomingMail.raw_sha256.is_not(None))
    files = {one for one in db.session.scalars(mails) if one}
    _set(IncomingMail, IncomingMail.id.in_(keys), raw_sha256=None)
    _set(Message, Message.raw_sha256.in_(files), raw_sha256=None, has_html=False)
    return files


def _drop_notices(keys: Any, _ground: str) -> set[str]:
    listed = db.session.scalars(select(Notice.files).where(Notice.id.in_(keys)))
    files = {str(one["sha256"]) for named in listed for one in named if "sha256" in one}
    _set(Notice, Notice.id.in_(keys), body=ERASED, files=[])
    return files


def _drop_sign_ins(keys: Any, _ground: str) -> set[str]:
    db.session.execute(delete(SignIn).where(SignIn.id.in_(keys)), execution_options=_APART)
    return set()


def _erase_people(keys: Any, _ground: str) -> set[str]:
    """They are erased by errands of their own, as on request."""
    for contact in db.session.scalars(select(Contact).where(Contact.id.in_(keys))):
        ask_for_erasing(SYSTEM, contact)
    return set()


def _empty_names(keys: Any, ground: str) -> set[str]:
    rows = (AuditValue.event_id.in_(keys)) & AuditValue.erased_at.is_(None)
    _set(AuditValue, rows, **emptied_value(ground))
    return set()


def _drop_disclosures(keys: Any, _ground: str) -> set[str]:
    rows = db.session.scalars(select(Disclosure).where(Disclosure.id.in_(keys))).all()
    files = {one for row in rows for one in (row.json_sha256, row.pdf_sha256, row.zip_sha256) if one}
    _set(Disclosure, Disclosure.id.in_(keys), json_sha256=None, pdf_sha256=None, zip_sha256=None)
    return files


def _set(model: Any, where: Any, **values: Any) -> None:
    db.session.execute(update(model).where(where).values(**values), execution_options=_APART)


# originals and mails first: an inquiry takes those of its own along, and what was counted is what goes
_EXPIRED: Mapping[str, Callable[[datetime], Select[Any]]] = {
    "keep_originals_days": _originals,
    "keep_notices_days": _notices,
    "keep_inquiries_days": _inquiries,
    "keep_sign_ins_days": _sign_ins,
    "keep_people_days": _people,
    "keep_names_days": _names,
    "keep_disclosures_days": _disclosures,
}
_KEYS: Mapping[str, Any] = {
    "keep_inquiries_days": Ticket.id,
    "keep_originals_days": IncomingMail.id,
    "keep_notices_days": Notice.id,
    "keep_sign_ins_days": SignIn.id,
    "keep_people_days": Contact.id,
    "keep_names_days": AuditValue.event_id,
    "keep_disclosures_days": Disclosure.id,
}
_DELETED: Mapping[str, Callable[[Any, str], set[str]]] = {
    "keep_inquiries_days": _drop_inquiries,
    "keep_originals_days": _drop_originals,
    "keep_notices_days": _drop_notices,
    "keep_sign_ins_days": _drop_sign_ins,
    "keep_people_days": _erase_people,
    "keep_names_days": _empty_names,
    "keep_disclosures_days": _drop_disclosures,
}
