"""What an agent writes on a ticket: replies to the customer and internal notes, once each, nothing lost (R01, Q4)."""

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import DateTimeLocalField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import DESK
from helpdesk.accounts.subcontractors import reaches
from helpdesk.audit.models import ActorKind, record
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Customer
from helpdesk.errors import NUMBER_MAX, Refusal, number
from helpdesk.extensions import db
from helpdesk.files.keeping import Chosen, drop_kept, hand_over, keep
from helpdesk.tickets.acts import TicketAct
from helpdesk.tickets.drafts import drop_draft, give_back
from helpdesk.tickets.joinings import last_joining, merged_in_since
from helpdesk.tickets.kinds import BODY_MAX, Then
from helpdesk.tickets.macros import macros_of
from helpdesk.tickets.messages import Message, MessageKind, note
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.news import NewsKind, tell
from helpdesk.tickets.recipients import check_addresses, read_addresses, recipient_of
from helpdesk.tickets.sendings import ReplyWords, Sending, ask_to_send
from helpdesk.tickets.snoozing import Until, moment_of
from helpdesk.tickets.visibility import ticket_for
from helpdesk.tickets.warnings import Warned, core_of, open_places, warnings_of
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.drafting import hold, kept_uploads, sent_number, sent_once
from helpdesk.web.forms import Files, MultipleFileField, brought, strip
from helpdesk.web.outgoing import after_sending
from helpdesk.web.responding import again, ticket_done
from helpdesk.web.ticket_page import ticket_page_context

blueprint = Blueprint("composer", __name__, url_prefix="/desk")


class ComposerForm(FlaskForm):
    """`seen` is the last message that was on the page, `joined` the last merge, `draft` the number of its place.

    `heeded` are the questions before sending that were said yes to.
    """

    to = StringField(_l("To"), [Length(max=2000)], [strip])
    cc = StringField(_l("Cc"), [Length(max=2000)], [strip])
    body = TextAreaField(_l("Message"), [DataRequired(_l("Please write something first.")), Length(max=BODY_MAX)])
    files = MultipleFileField(_l("Attachments"), [Files()])
    seen = IntegerField(validators=[Optional(), NumberRange(min=0, max=NUMBER_MAX)])
    joined = IntegerField(validators=[Optional(), NumberRange(min=0, max=NUMBER_MAX)])
    draft = IntegerField(validators=[Optional(), NumberRange(min=0, max=NUMBER_MAX - 1)])
    then = SelectField(choices=[(then.value, "") for then in Then], default=Then.stay.value)
    at = DateTimeLocalField(_l("Send at"), [Optional()])


@blueprint.post("/tickets/<reference>/replies")
@audience(DESK)
def send_reply(reference: str) -> ResponseReturnValue:
    """Ask for the reply to go out, unless something was said meanwhile, or something is asked before it leaves."""
    ticket, form, user = ticket_for(signed_in(), reference, lock=True), ComposerForm(), signed_in()
    place = f"reply:{ticket.reference}"
    if not form.validate() or not _filled_in(form):
        return _again(ticket, form, "reply")
    overtaken = _written_since(ticket, user, form.seen.data or 0, form.joined.data or 0)
    try:
        words = _words(ticket, form, place)
        asked = [] if overtaken else _asked_first(ticket, words)
        if asked:
            hold(place, form.files, _kept(form), form.draft.data)
            return render_template("desk/ticket.html", **ticket_page_context(ticket, form, asked=asked)), 409
        if not overtaken and not sent_once(place, form.draft.data):
            overtaken = _own_since(ticket, user, form.seen.data or 0)
            if _sent_before(ticket, user, form.body.data or ""):
                return ticket_done(ticket.reference, _("This was sent already; it was not sent again."))
        if overtaken:
            return _conflict(ticket, form, overtaken)
        sending = ask_to_send(ticket, user, words)
    except Refusal as refusal:
        return _refused(refusal, reference, form, "reply")
    drop_kept(user.id, place)
    return after_sending(sending)


@blueprint.post("/tickets/<reference>/handover")
@audience(DESK)
def hand_draft_over(reference: str) -> ResponseReturnValue:
    """A colleague goes on with these words and files; refused while they write a reply of their own here."""
    ticket, form, user = ticket_for(signed_in(), reference, lock=True), ComposerForm(), signed_in()
    place, colleague = f"reply:{ticket.reference}", db.session.get(User, number(request.form.get("colleague")) or 0)
    if not form.validate():
        return _again(ticket, form, "reply")
    try:
        if colleague is None or colleague.id == user.id or colleague.role not in DESK or not colleague.active:
            raise Refusal(_("Choose an active colleague."))
        if not reaches(colleague, ticket.customer_id):
            raise Refusal(_("This customer is not given to whom you chose."))
        if not (form.body.data or "").strip():
            raise Refusal(_("Please write something first."))
        if not give_back(colleague.id, place, _kept(form)):
            raise Refusal(_("%(name)s is writing a reply here. Nothing was handed over.", name=colleague.name))
    except Refusal as refusal:
        return _refused(refusal, reference, form, "reply")
    name = colleague.name
    hand_over(user.id, place, colleague.id)
    keep(colleague.id, place, [Chosen(one.name, one.content, one.content_type) for one in brought(form.files)])
    drop_draft(user, place)
    tell(colleague.id, ticket.id, NewsKind.handed, acting())
    record(acting(), TicketAct.draft_handed, ticket, to=name)
    return ticket_done(ticket.reference, _("%(name)s has the draft now.", name=name))


def _filled_in(form: ComposerForm) -> bool:
    """Whether nothing is left open that a template wanted filled in."""
    left = open_places(form.body.data or "")
    if left:
        words = _("Fill in before it can be sent: %(names)s", names="、".join(left))
        form.body.errors = [*form.body.errors, words]
    return not left


def _words(ticket: Ticket, form: ComposerForm, place: str) -> ReplyWords:
    """What is to be sent, and to whom. Refused for what is no address, or for a time that cannot be."""
    to, cc = read_addresses(form.to.data or ""), read_addresses(form.cc.data or "")
    usual = recipient_of(ticket)
    if usual is not None and cc and not to and "to" in request.form:
        raise Refusal(_("Write whom it goes to: a Cc alone reaches nobody else."), field="to")
    if usual is not None and [one.lower() for one in to] == [usual.email.lower()]:
        to = []
    used = macros_of([one for word in request.form.getlist("macro") if (one := number(word)) is not None])
    then = Then(form.then.data)
    if then == Then.stay:
        then = next((one.then for one in used if one.then != Then.stay), then)
    return ReplyWords(
        form.body.data or "",
        kept_uploads(place) + brought(form.files),
        to,
        [one for one in cc if one not in to],
        then,
        [one.id for one in used],
        form.seen.data or 0,
        form.joined.data or 0,
        _when(form),
    )


def _when(form: ComposerForm) -> datetime | None:
    """When it is to go out, by the button that was pressed; None for at once."""
    hours = current_calendar().hours
    if request.form.get("opening"):
        return moment_of(Until.opening, hours)
    if not request.form.get("timed"):
        return None
    if form.at.data is None:
        raise Refusal(_("Choose when it is to be sent."), field="at")
    return form.at.data.replace(tzinfo=hours.zone)


def _asked_first(ticket: Ticket, words: ReplyWords) -> list[Warned]:
    """What is asked before these words leave and was not said yes to."""
    names = db.session.execute(select(Customer.name).where(Customer.id != ticket.customer_id)).scalars()
    asked = warnings_of(
        words.body,
        files=len(words.files),
        outside=check_addresses(ticket, [*words.to, *words.cc]),
        others={core_of(name): name for name in names},
    )
    heeded = request.form.getlist("heeded")
    return asked if any(one.key not in heeded for one in asked) else []


def _kept(form: ComposerForm) -> dict[str, Any]:
    words = {"body": form.body.data or "", "to": form.to.data or "", "cc": form.cc.data or ""}
    return words | ({"macro": request.form.getlist("macro")} if "macro" in request.form else {})


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
        note(ticket, user, form.body.data or "", files=kept_uploads(place) + brought(form.files))
    except Refusal as refusal:
        return _refused(refusal, reference, form, "note")
    drop_kept(user.id, place)
    return ticket_done(ticket.reference, _("The note is kept."))


def _again(ticket: Ticket, form: ComposerForm, tab: str) -> ResponseReturnValue:
    """The page with what is wrong; words and files that came with the form stay."""
    hold(f"{tab}:{ticket.reference}", form.files, _kept(form), form.draft.data)
    return again("desk/ticket.html", **ticket_page_context(ticket, form, tab=tab))


def _refused(refusal: Refusal, reference: str, form: ComposerForm, tab: str) -> ResponseReturnValue:
    """The same where the ticket says no."""
    db.session.rollback()
    ticket = ticket_for(signed_in(), reference)
    field = form._fields.get(refusal.field) or form.body
    field.errors = [*field.errors, str(refusal)]
    hold(f"{tab}:{ticket.reference}", form.files, _kept(form), form.draft.data)
    return render_template("desk/ticket.html", **ticket_page_context(ticket, form, tab=tab)), 409


def _conflict(ticket: Ticket, form: ComposerForm, newer: list[Message]) -> ResponseReturnValue:
    """Both texts, and neither is lost: what is edited on the page is kept in the reply's own place."""
    joining = last_joining(ticket)
    hold(f"reply:{ticket.reference}", form.files, _kept(form), form.draft.data)
    known: dict[str, Any] = {
        "seen": max(form.seen.data or 0, *(message.id for message in newer)),
        "joined": joining.id if joining is not None else 0,
        "number": sent_number(f"reply:{ticket.reference}"),
    }
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
    """What this person sent from another page since this page was shown."""
    rows = select(Message).where(
        Message.ticket_id == ticket.id,
        Message.id > seen,
        Message.kind == MessageKind.agent,
        Message.author_id == user.id,
        Message.author_kind == ActorKind.user,
    )
    return list(db.session.scalars(rows.order_by(Message.id)))


def _sent_before(ticket: Ticket, user: User, body: str) -> bool:
    """Whether this person's last words on the ticket are these: a second click, or a browser that sent them again."""
    last = select(Sending.body).where(
        Sending.ticket_id == ticket.id, Sending.user_id == user.id, Sending.withdrawn_at.is_(None)
    )
    return (db.session.scalar(last.order_by(Sending.id.desc()).limit(1)) or "").strip() == body.strip()


def _noted(ticket: Ticket, user: User, body: str) -> bool:
    """Whether this note is there already: a second click, or a browser that sent it again."""
    last = select(Message.body).where(
        Message.ticket_id == ticket.id, Message.kind == MessageKind.note, Message.author_id == user.id
    )
    return body.strip() == (db.session.scalar(last.order_by(Message.id.desc()).limit(1)) or "").strip()
