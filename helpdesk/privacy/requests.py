"""What a person may ask for about their own data, and how it is decided (16-4 to 16-6; R61).

Each request is a ticket with a due time. Who asks is checked first; a refusal names its ground; what is granted is
carried out by errands, so that nothing is half done.
"""

from collections.abc import Sequence

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select, update

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Contact
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.marking import word
from helpdesk.notices.models import Notice, post
from helpdesk.privacy.acts import PrivacyAct
from helpdesk.privacy.kinds import DISCLOSURE_GROUNDS, OPEN_STATES, PrivacyGround, RequestKind, RequestState
from helpdesk.privacy.leaving import ask_for_erasing, check_erasable, close_ticket_of
from helpdesk.privacy.models import Amendment, Disclosure, PersonalRequest
from helpdesk.privacy.words import PRIVACY_GROUND_WORDS, REQUEST_KIND_WORDS
from helpdesk.settings.models import current_settings
from helpdesk.tickets.kinds import Channel, Intent, Queue, TicketKind
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.opening import Opening, open_ticket
from helpdesk.wording import date_words

WORDS_MAX = 5_000


def ask_for(
    by: Actor, contact: Contact, kind: RequestKind, wanted: str, *, channel: Channel, checked: str = ""
) -> PersonalRequest:
    """Open the request and its ticket, and confirm it by mail. `checked` says how the person is known to be who asks.

    Refused for a correction without words, for who is closed, and while the same is open.
    """
    wanted = wanted.replace("\x00", "").strip()[:WORDS_MAX]
    if contact.merged_into_id is not None:
        raise Refusal(_("This person was put together with another and goes on there."), field="contact")
    if kind == RequestKind.correction and not wanted:
        raise Refusal(_("Write what is wrong, and what is right."), field="wanted")
    db.session.get_one(Contact, contact.id, with_for_update=True)
    same = select(PersonalRequest.id).where(PersonalRequest.contact_id == contact.id, PersonalRequest.kind == kind)
    if db.session.scalar(same.where(PersonalRequest.state.in_(OPEN_STATES)).limit(1)):
        raise Refusal(_("The same was asked for already, and is being seen to."), field="kind")
    request = PersonalRequest(customer_id=contact.customer_id, contact_id=contact.id, kind=kind, wanted=wanted)
    request.contact, request.asked_at, request.state = contact, clock.now(), RequestState.asked
    request.ticket = _ticket(by, request, channel)
    due = request.ticket.due_at
    request.due_on = current_calendar().hours.local_date(due or request.ticket.opened_at)
    db.session.add(request)
    db.session.flush()
    record(by, PrivacyAct.asked, request.ticket, kind=kind.value)
    if checked:
        check(by, request, checked)
    _tell(request, "privacy_received")
    return request


def _ticket(by: Actor, request: PersonalRequest, channel: Channel) -> Ticket:
    """Due after so many business days; it waits with whoever sees to contracts."""
    contact, calendar = request.contact, current_calendar()
    with force_locale(contact.language.value):
        subject = _("Personal data: %(kind)s", kind=word(REQUEST_KIND_WORDS, request.kind.value))
        words = request.wanted or subject
    opening = Opening(
        kind=TicketKind.inquiry,
        subject=subject,
        body=words,
        channel=channel,
        customer=contact.customer,
        requester=contact,
    )
    ticket = open_ticket(by, opening, calendar)
    ticket.intent, ticket.queue = Intent.notice, Queue.contracts.value
    due = calendar.hours.end_of_business_day_after(ticket.opened_at, current_settings().privacy_business_days)
    ticket.due_at = ticket.first_due_at = due
    ticket.due_left = None
    return ticket


def check(by: Actor, request: PersonalRequest, how: str) -> None:
    """Who asks is who they say: `how` tells what showed it. Refused without that, and a second time."""
    _open_or_refuse(request)
    if request.checked_at is not None:
        raise Refusal(_("This person was checked already."))
    if not how.strip():
        raise Refusal(_("Write what shows that it is them."), field="how")
    request.checked_at, request.checked_by = clock.now(), by.name
    request.checked_how, request.state = how.strip()[:500], RequestState.checked
    record(by, PrivacyAct.checked, request.ticket, how=request.checked_how)


def grant(
    by: Actor, request: PersonalRequest, words: str = "", *, also: Sequence[str] = (), keep_attached: bool = False
) -> None:
    """Decide for it, and have it carried out. `also` are further words of a person who is erased.

    `keep_attached`: files that others attached stay though they name the person.

    Refused before the person was checked, and an erasing while it would break what runs.
    """
    _decidable(request)
    if request.kind == RequestKind.deletion:
        check_erasable(request.contact, but=request.ticket_id)
    request.state, request.decided_at, request.decided_by = RequestState.granted, clock.now(), by.name
    request.words = words.strip()[:WORDS_MAX]
    request.ticket.respond(clock.now())
    request.ticket.touch()
    record(by, PrivacyAct.granted, request.ticket, words=request.words)
    if request.kind == RequestKind.disclosure:
        db.session.add(Disclosure(request_id=request.id, due_at=clock.now()))
    elif request.kind == RequestKind.deletion:
        ask_for_erasing(by, request.contact, request=request, also=also, keep_attached=keep_attached)
        _tell(request, "privacy_decided")
        close_ticket_of(by, request)
    elif request.kind != RequestKind.correction:
        _stop(request)
        carry_out(by, request, "")


def _stop(request: PersonalRequest) -> None:
    contact = request.contact
    if request.kind == RequestKind.stop_use:
        contact.use_stopped_at = contact.use_stopped_at or clock.now()
    else:
        contact.provision_stopped_at = contact.provision_stopped_at or clock.now()


def carry_out(by: Actor, request: PersonalRequest, words: str) -> None:
    """It is done, and the person is told. Refused before it was granted."""
    if request.state != RequestState.granted:
        raise Refusal(_("This request is not to be carried out now."))
    request.state, request.done_at = RequestState.done, clock.now()
    spent = update(Amendment).where(Amendment.request_id == request.id)
    db.session.execute(spent.values(wrong="", right=""))
    request.words = "\n".join(one for one in (request.words, words.strip()[:WORDS_MAX]) if one)
    record(by, PrivacyAct.done, request.ticket, words=words.strip()[:500])
    _tell(request, "privacy_decided")
    close_ticket_of(by, request)


def refuse_request(by: Actor, request: PersonalRequest, ground: PrivacyGround, words: str) -> None:
    """Decide against it, on one of the terms' grounds. Refused without words to the person."""
    _open_or_refuse(request)
    if request.state == RequestState.granted:
        raise Refusal(_("This request was decided already."))
    if request.kind == RequestKind.disclosure and ground not in DISCLOSURE_GROUNDS:
        raise Refusal(_("A disclosure is refused on a ground of 16-5 only."), field="ground")
    if not words.strip():
        raise Refusal(_("Write to the person why."), field="words")
    request.state, request.decided_at, request.decided_by = RequestState.refused, clock.now(), by.name
    request.ground, request.words = ground, words.strip()[:WORDS_MAX]
    request.ticket.respond(clock.now())
    record(by, PrivacyAct.refused, request.ticket, ground=ground.value, clause=ground.clause, words=request.words)
    _tell(request, "privacy_decided")
    close_ticket_of(by, request)


def take_back(by: Actor, request: PersonalRequest) -> None:
    """The person does not want it any more. Refused once it was decided."""
    _open_or_refuse(request)
    if request.state == RequestState.granted:
        raise Refusal(_("This request was decided already."))
    request.state = RequestState.withdrawn
    record(by, PrivacyAct.withdrawn, request.ticket)
    close_ticket_of(by, request)


def disclosure_of(request: PersonalRequest) -> Disclosure | None:
    return db.session.scalar(select(Disclosure).where(Disclosure.request_id == request.id))


def _decidable(request: PersonalRequest) -> None:
    _locked(request)
    if request.state == RequestState.asked:
        raise Refusal(_("Check who asks first."))
    if request.state != RequestState.checked:
        raise Refusal(_("This request was decided already."))


def _locked(request: PersonalRequest) -> None:
    """Who decides at the same moment comes first or second, not both."""
    db.session.flush()
    db.session.refresh(request, with_for_update={"of": PersonalRequest})


def _open_or_refuse(request: PersonalRequest) -> None:
    _locked(request)
    if not request.open:
        raise Refusal(_("This request was decided already."))


def _tell(request: PersonalRequest, template: str) -> Notice:
    """Mail the person, closed or not: it is about them."""
    person, language = request.contact, request.contact.language.value
    with force_locale(language):
        return post(
            template,
            to=person.email,
            language=language,
            charset=person.customer.mail_charset,
            ticket_id=request.ticket_id,
            reply_token=request.ticket.reply_token,
            salutation=person.salutation,
            number=request.ticket.reference,
            kind=word(REQUEST_KIND_WORDS, request.kind.value),
            key=request.kind.value,
            state=request.state.value,
            words=request.words,
            clause=request.ground.clause if request.ground else "",
            ground=word(PRIVACY_GROUND_WORDS, request.ground.value) if request.ground else "",
            due=date_words(request.due_on, language),
            portal=f"{current_app.config['BASE_URL']}/portal/personal",
        )
