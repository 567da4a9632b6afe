"""What an agent writes on a ticket: replies to the customer and internal notes, once each, nothing lost (R01, Q4)."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from helpdesk.accounts.models import DESK, User
from helpdesk.audit.models import ActorKind
from helpdesk.errors import NUMBER_MAX, Refusal
from helpdesk.extensions import db
from helpdesk.tickets.answering import reply
from helpdesk.tickets.joinings import last_joining, merged_in_since
from helpdesk.tickets.mailed import Upload
from helpdesk.tickets.messages import Message, MessageKind, note
from helpdesk.tickets.models import BODY_MAX, Ticket
from helpdesk.tickets.visibility import ticket_for
from helpdesk.tickets.waiting import wait
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.drafting import hold, kept_uploads, let_go, sent_number, sent_once
from helpdesk.web.forms import Files, MultipleFileField, brought
from helpdesk.web.responding import again, ticket_done
from helpdesk.web.ticket_page import ticket_page_context

blueprint = Blueprint("composer", __name__, url_prefix="/desk")


class ComposerForm(FlaskForm):
    """`seen` is the last message that was on the page, `joined` the last merge, `draft` the number of its place."""

    body = TextAreaField(_l("Message"), [DataRequired(_l("Please write something first.")), Length(max=BODY_MAX)])
    files = MultipleFileField(_l("Attachments"), [Files()])
    seen = IntegerField(validators=[Optional(), NumberRange(min=0, max=NUMBER_MAX)])
    joined = IntegerField(validators=[Optional(), NumberRange(min=0, max=NUMBER_MAX)])
    draft = IntegerField(validators=[Optional(), NumberRange(min=0, max=NUMBER_MAX)])
    then = SelectField(choices=[("stay", ""), ("wait", ""), ("close", "")], default="stay")


@blueprint.post("/tickets/<reference>/replies")
@audience(DESK)
def send_reply(reference: str) -> ResponseReturnValue:
    ticket, form, user = ticket_for(signed_in(), reference, lock=True), ComposerForm(), signed_in()
    place = f"reply:{ticket.reference}"
    if not form.validate():
        return _again(ticket, form, "reply")
    overtaken = _written_since(ticket, user, form.seen.data or 0, form.joined.data or 0)
    if not overtaken and not sent_once(place, form.draft.data):
        overtaken = _own_since(ticket, user, form.seen.data or 0)
        if any(one.body.strip() == (form.body.data or "").strip() for one in overtaken):
            return ticket_done(ticket.reference, _("This was sent already; it was not sent again."))
    if overtaken:
        return _conflict(ticket, form, overtaken)
    try:
        message = reply(ticket, user, form.body.data or "", files=_files(form, place))
        if form.then.data == "wait":
            wait(ticket, acting())
        elif form.then.data == "close":
            ticket.close(acting(), "answered")
    except Refusal as refusal:
        return _refused(refusal, reference, form, "reply")
    let_go(place)
    if message.notice is None:
        return ticket_done(ticket.reference, _("Kept on the ticket. Nobody may be written to: no mail was sent."))
    return ticket_done(ticket.reference, _("On its way to %(address)s.", address=message.notice.to_address))


@blueprint.post("/tickets/<reference>/notes")
@audience(DESK)
def write_note(reference: str) -> ResponseReturnValue:
    ticket, form, user = ticket_for(signed_in(), reference, lock=True), ComposerForm(), signed_in()
    place = f"note:{ticket.reference}"
    if not form.validate():
        return _again(ticket, form, "note")
    # a note is never too much: only the same one a second time is not kept
    if not sent_once(place, form.draft.data) and _noted(ticket, user, form.body.data or ""):
        return ticket_done(ticket.reference, _("The note is kept."))
    try:
        note(ticket, user, form.body.data or "", files=_files(form, place))
    except Refusal as refusal:
        return _refused(refusal, reference, form, "note")
    let_go(place)
    return ticket_done(ticket.reference, _("The note is kept."))


def _files(form: ComposerForm, place: str) -> list[Upload]:
    """What was chosen before, and what comes with the form."""
    return kept_uploads(place) + brought(form.files)


def _again(ticket: Ticket, form: ComposerForm, tab: str) -> ResponseReturnValue:
    """The page with what is wrong; words and files that came with the form stay."""
    hold(f"{tab}:{ticket.reference}", form.files, {"body": form.body.data or ""}, form.draft.data)
    return again("desk/ticket.html", **ticket_page_context(ticket, form, tab=tab))


def _refused(refusal: Refusal, reference: str, form: ComposerForm, tab: str) -> ResponseReturnValue:
    """The same where the ticket says no."""
    db.session.rollback()
    ticket = ticket_for(signed_in(), reference)
    form.body.errors = [*form.body.errors, str(refusal)]
    hold(f"{tab}:{ticket.reference}", form.files, {"body": form.body.data or ""}, form.draft.data)
    return render_template("desk/ticket.html", **ticket_page_context(ticket, form, tab=tab)), 409


def _conflict(ticket: Ticket, form: ComposerForm, newer: list[Message]) -> ResponseReturnValue:
    """Both texts, and neither is lost: what is edited on the page is kept in the reply's own place."""
    joining = last_joining(ticket)
    known: dict[str, Any] = {
        "seen": max(form.seen.data or 0, *(message.id for message in newer)),
        "joined": joining.id if joining is not None else 0,
        "number": sent_number(f"reply:{ticket.reference}"),
    }
    hold(f"reply:{ticket.reference}", form.files, {"body": form.body.data or ""}, known["number"])
    return render_template("desk/conflict.html", ticket=ticket, form=form, newer=newer, **known), 409


def _written_since(ticket: Ticket, user: User, seen: int, joined: int) -> list[Message]:
    """What others said to or as the customer while this reply was being written, or was merged in meanwhile."""
    rows = select(Message).where(
        Message.ticket_id == ticket.id,
        (Message.id > seen) | Message.id.in_(merged_in_since(ticket, joined)),
        Message.kind != MessageKind.note,
        (Message.author_id != user.id) | (Message.author_kind != ActorKind.user),
    )
    return list(db.session.scalars(rows.order_by(Message.id)))


def _own_since(ticket: Ticket, user: User, seen: int) -> list[Message]:
    """What this person sent from another page, or by a first click, since this page was shown."""
    rows = select(Message).where(
        Message.ticket_id == ticket.id,
        Message.id > seen,
        Message.kind == MessageKind.agent,
        Message.author_id == user.id,
        Message.author_kind == ActorKind.user,
    )
    return list(db.session.scalars(rows.order_by(Message.id)))


def _noted(ticket: Ticket, user: User, body: str) -> bool:
    """Whether this note is there already: a second click, or a browser that sent it again."""
    last = select(Message.body).where(
        Message.ticket_id == ticket.id, Message.kind == MessageKind.note, Message.author_id == user.id
    )
    return body.strip() == (db.session.scalar(last.order_by(Message.id.desc()).limit(1)) or "").strip()
