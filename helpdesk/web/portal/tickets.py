"""The customer's pages: home, the form, own tickets, a ticket."""

import hashlib
import secrets
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.exc import IntegrityError
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from helpdesk import clock
from helpdesk.accounts.roles import CUSTOMERS, Role
from helpdesk.actions.lists import pending_for
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.cover import cover_of
from helpdesk.errands import nudge
from helpdesk.errors import Refusal, number
from helpdesk.extensions import db
from helpdesk.files.keeping import Chosen, keep, kept, kept_rows
from helpdesk.intake.following import follow_up
from helpdesk.intake.receiving import receive_inquiry
from helpdesk.reports.reading import unread_report
from helpdesk.tickets.drafts import draft_of, drop_draft
from helpdesk.tickets.joinings import where_it_goes_on
from helpdesk.tickets.kinds import BODY_MAX, SUBJECT_MAX, Channel, Priority, TicketKind
from helpdesk.tickets.mailed import Upload
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.opening import Opening, opened_before
from helpdesk.tickets.visibility import attachment_for, messages_for, newest_visible_to, ticket_for
from helpdesk.tickets.words import TOPIC_WORDS
from helpdesk.triage.models import last_decision
from helpdesk.triage.shown_places import note_sent
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.alert_chain import actions_shown
from helpdesk.web.alert_panel import alert_panel
from helpdesk.web.drafting import hold, kept_uploads, let_go
from helpdesk.web.forms import Files, MultipleFileField, brought, strip, too_much, uploads
from helpdesk.web.promises import promise, week_of
from helpdesk.web.responding import again, done
from helpdesk.web.sending import attachment_response
from helpdesk.web.ticket_page import customer_steps

blueprint = Blueprint("tickets", __name__, url_prefix="/portal")

RECENT = 6
PAGE = 50


class InquiryForm(FlaskForm):
    topic = RadioField(
        _l("What is it about?"),
        [InputRequired(_l("Please choose what it is about."))],
        choices=[(key, _l(words)) for key, words in TOPIC_WORDS.items()],
    )
    subject = StringField(
        _l("Subject"), [DataRequired(_l("Please write a subject.")), Length(max=SUBJECT_MAX)], [strip]
    )
    body = TextAreaField(_l("Details"), [DataRequired(_l("Please describe what you need.")), Length(max=BODY_MAX)])
    concerns = StringField(_l("Computer or user concerned"), [Length(max=200)], [strip])
    urgency = RadioField(
        _l("How urgent is it?"),
        choices=[
            ("normal", _l("Normal: answered in order")),
            ("high", _l("Hurry: work is hampered, we look at it first")),
        ],
        default="normal",
    )
    files = MultipleFileField(_l("Attachments"), [Files()])
    confirmed = HiddenField()
    shown = HiddenField()
    """How many files the confirmation showed."""
    once = HiddenField(validators=[Length(max=64)], default=lambda: secrets.token_urlsafe(16))


class AnswerForm(FlaskForm):
    body = TextAreaField(_l("Message"), [DataRequired(_l("Please write something first.")), Length(max=BODY_MAX)])
    files = MultipleFileField(_l("Attachments"), [Files()])


@blueprint.get("/")
@audience(CUSTOMERS)
def home() -> ResponseReturnValue:
    user, calendar = signed_in(), current_calendar()
    recent, _more = newest_visible_to(user, RECENT)
    today = calendar.hours.local_date(clock.now())
    return render_template(
        "portal/home.html",
        hours=calendar.hours,
        today=today,
        week=week_of(calendar),
        tickets=recent,
        pending=pending_for(user),
        unread=unread_report(user),
        cover=cover_of(user.customer_id or 0),
    )


@blueprint.get("/tickets")
@audience(CUSTOMERS)
def ticket_list() -> ResponseReturnValue:
    """Own tickets; for administrators and, with alerts, alert contacts the organisation's."""
    user = signed_in()
    kind = request.args.get("kind", "")
    tickets, after = newest_visible_to(
        user,
        PAGE,
        kind=TicketKind(kind) if kind in TicketKind.__members__ else None,
        own=request.args.get("whose") != "all" and user.role == Role.customer_admin,
        after=request.args.get("after"),
    )
    return render_template(
        "portal/tickets.html", tickets=tickets, after=after, kind=kind, whose=request.args.get("whose", "")
    )


@blueprint.get("/tickets/new")
@audience(CUSTOMERS)
def new_form() -> ResponseReturnValue:
    form = InquiryForm()
    draft = draft_of(signed_in(), "new")
    if draft is not None:
        for name, value in draft.words.items():
            if name in ("topic", "subject", "body", "concerns", "urgency"):
                form[name].data = value
    return render_template("portal/new.html", form=form, saved_at=draft.saved_at if draft else None, **promise())


@blueprint.post("/tickets")
@audience(CUSTOMERS)
def create() -> ResponseReturnValue:
    """First a confirmation page, then the ticket: one POST each, so that it works without JavaScript."""
    form, user = InquiryForm(), signed_in()
    if not form.validate() or user.contact is None:
        return again("portal/new.html", form=form, saved_at=None, **promise())
    if before := _sent_before(form):
        return redirect(url_for("portal.tickets.received", reference=before))
    files = [*_kept_files(form), *uploads(form.files)]
    if refusal := _gone(form, files) or too_much(files):
        form.files.errors = [refusal]
        return again("portal/new.html", form=form, saved_at=None, **promise())
    _keep(form)
    if form.confirmed.data != "yes":
        db.session.commit()
        return render_template("portal/confirm.html", form=form, files=files, **promise())
    try:
        reference = _opened(form, files)
    except IntegrityError:
        db.session.rollback()
        reference = _sent_before(form) or ""
        if not reference:  # else the same form was clicked twice at the same moment
            raise
    nudge()
    return redirect(url_for("portal.tickets.received", reference=reference))


@blueprint.get("/tickets/<reference>/received")
@audience(CUSTOMERS)
def received(reference: str) -> ResponseReturnValue:
    ticket = ticket_for(signed_in(), reference)
    return render_template("portal/received.html", ticket=ticket, hours=current_calendar().hours)


@blueprint.get("/tickets/<reference>")
@audience(CUSTOMERS)
def ticket_page(reference: str) -> ResponseReturnValue:
    return render_template("portal/ticket.html", **_ticket_context(ticket_for(signed_in(), reference), AnswerForm()))


@blueprint.post("/tickets/<reference>/messages")
@audience(CUSTOMERS)
def write(reference: str) -> ResponseReturnValue:
    ticket, form = ticket_for(signed_in(), reference, lock=True), AnswerForm()
    place = f"answer:{ticket.reference}"
    if not form.validate():
        hold(place, form.files, {"body": form.body.data or ""}, number(request.form.get("draft")))
        return again("portal/ticket.html", **_ticket_context(ticket, form))
    files = kept_uploads(place) + brought(form.files)
    try:
        message = follow_up(ticket, acting(), form.body.data or "", channel=Channel.portal, files=files)
    except Refusal as refusal:
        db.session.rollback()
        hold(place, form.files, {"body": form.body.data or ""}, number(request.form.get("draft")))
        form.body.errors = [*form.body.errors, str(refusal)]
        return render_template("portal/ticket.html", **_ticket_context(ticket_for(signed_in(), reference), form)), 409
    let_go(place)
    return done(_("Your message was sent."), "portal.tickets.ticket_page", reference=message.ticket.reference)


@blueprint.post("/tickets/<reference>/closure")
@audience(CUSTOMERS)
def close(reference: str) -> ResponseReturnValue:
    ticket = ticket_for(signed_in(), reference, lock=True)
    if ticket.kind == TicketKind.alert:
        raise Refusal(_("The desk completes alerts, once you were told the result."))
    ticket.close(acting(), "solved")
    return done(_("Thank you. The inquiry is completed."), "portal.tickets.ticket_page", reference=reference)


@blueprint.get("/attachments/<key>")
@audience(CUSTOMERS)
def attachment(key: str) -> ResponseReturnValue:
    return attachment_response(attachment_for(signed_in(), key))


def _opened(form: InquiryForm, files: list[Upload]) -> str:
    """Open the ticket that the form asks for and commit; returns its number."""
    user = signed_in()
    ticket = receive_inquiry(
        acting(),
        Opening(
            kind=TicketKind.inquiry,
            subject=form.subject.data or "",
            body=form.body.data or "",
            channel=Channel.portal,
            customer=user.customer,
            requester=user.contact,
            topic=form.topic.data or "",
            concerns=form.concerns.data or "",
            files=files,
            once=_once(form),
        ),
    )
    if form.urgency.data == "high":
        ticket.set_priority(acting(), Priority.high)
    note_sent(user, form.once.data, ticket)
    drop_draft(user, "new")
    reference = ticket.reference
    db.session.commit()
    return reference


def _keep(form: InquiryForm) -> None:
    """Keep what was attached now for the form's next step, under its own key."""
    chosen = [Chosen(file.name, file.content, file.content_type) for file in brought(form.files)]
    keep(signed_in().id, form.once.data or "", chosen)


def _kept_files(form: InquiryForm) -> list[Upload]:
    """The files that came with earlier steps of this person's form."""
    found = kept(signed_in().id, form.once.data or "")
    return [Upload(file.name, file.content, file.content_type) for file in found]


def _gone(form: InquiryForm, files: list[Upload]) -> str:
    """That files of an earlier step are not kept any more, where the page that was confirmed showed them (S7)."""
    shown = number(form.shown.data) or 0
    if len(files) >= shown:
        return ""
    return str(_("The files were kept for a day and are gone. Your words are kept: please choose the files again."))


def _sent_before(form: InquiryForm) -> str | None:
    """The ticket that this very form opened already, where somebody clicked twice."""
    once = _once(form)
    return opened_before(once, acting()) if once else None


def _once(form: InquiryForm) -> str | None:
    """The form's key with its words: sent twice it is one inquiry, sent with other words another."""
    words = hashlib.sha256(f"{form.subject.data}\n{form.body.data}".encode()).hexdigest()
    return f"{form.once.data} {words}" if form.once.data else None


def _ticket_context(ticket: Ticket, form: AnswerForm) -> dict[str, Any]:
    user, calendar = signed_in(), current_calendar()
    alert = ticket.kind == TicketKind.alert
    actions = actions_shown(ticket) if alert else []
    return {
        "ticket": ticket,
        "form": form,
        "hours": calendar.hours,
        "messages": messages_for(user, ticket),
        "chosen": kept_rows(user.id, f"answer:{ticket.reference}"),
        "panel": alert_panel(ticket) if alert else None,
        "actions": actions,
        "pending": [action for action in actions if action.pending],
        "steps": customer_steps(ticket, actions),
        "decision": None if alert else last_decision(ticket),
        "may_instruct": user.may_instruct,
        "person": user.name,
        "goes_on": where_it_goes_on(ticket).reference if ticket.merged_into_id is not None else "",
    }
