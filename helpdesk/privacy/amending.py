"""Correction and partial deletion of what was shown to be wrong in what was said (16-4, R61).

Words are looked for first; then they are replaced by the right ones, or by a mark, within the customer of the person.
The request itself keeps them: it says what was asked.
"""

from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk import clock
from helpdesk.audit.models import Actor
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.files.dropping import forget
from helpdesk.masking import ERASED
from helpdesk.privacy.erasing import empty_values
from helpdesk.privacy.kinds import RequestKind, RequestState
from helpdesk.privacy.mentions import take_out_words
from helpdesk.privacy.models import Amendment, PersonalRequest
from helpdesk.privacy.redacting import Redactor
from helpdesk.tickets.models import Ticket

WRONG_MIN, WRONG_MAX = 3, 500
SHOWN = 20


def look_for(by: Actor, request: PersonalRequest, wrong: str, right: str) -> Amendment:
    """Have it counted where these words stand. Refused for less than three characters, and where nothing changes."""
    _going_on(request)
    wrong, right = wrong.strip(), right.strip()
    if len(wrong) < WRONG_MIN:
        raise Refusal(_("Give at least three characters: shorter words stand in many others."), field="wrong")
    if wrong == right:
        raise Refusal(_("Both are the same."), field="right")
    return _ask(by, request, wrong, right, dry=True)


def replace_found(by: Actor, looked: Amendment) -> Amendment:
    """Have replaced what was found. Refused before it was counted, and while the same is under way."""
    _going_on(looked.request)
    if not looked.dry or looked.state != ErrandState.done or not looked.wrong:
        raise Refusal(_("Have it counted first."))
    same = select(Amendment.id).where(Amendment.request_id == looked.request_id, ~Amendment.dry)
    if db.session.scalar(same.where(Amendment.finished_at.is_(None)).limit(1)):
        raise Refusal(_("It is being replaced already."))
    return _ask(by, looked.request, looked.wrong, looked.right, dry=False)


def _going_on(request: PersonalRequest) -> None:
    db.session.refresh(request, with_for_update={"of": PersonalRequest})
    if request.kind != RequestKind.correction or request.state != RequestState.granted:
        raise Refusal(_("This request is not to be carried out now."))


def _ask(by: Actor, request: PersonalRequest, wrong: str, right: str, *, dry: bool) -> Amendment:
    row = Amendment(request_id=request.id, asked_at=clock.now(), by_name=by.name, wrong=wrong, right=right, dry=dry)
    row.due_at, row.went, row.found_on = clock.now(), {}, []
    db.session.add(row)
    db.session.flush()
    return row


def replace_words(row: Amendment) -> None:
    """Count or replace, in the caller's transaction. What stands beside the record goes whole (R63)."""
    request = row.request
    redactor = Redactor(literals=[row.wrong], instead=row.right or ERASED)
    found = take_out_words(request.customer_id, redactor, but=request.ticket_id, dry=row.dry)
    if not row.dry:
        empty_values(request.customer_id, redactor, f"{Amendment.__tablename__}:{row.id}", found.went)
        found.went["stored_files"] += len(forget(found.files))
    numbers = select(Ticket.reference).where(Ticket.id.in_(found.tickets)).order_by(Ticket.id.desc()).limit(SHOWN)
    row.went, row.found_on = dict(+found.went), list(db.session.scalars(numbers))
