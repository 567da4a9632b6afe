"""Asking the customer: the request by mail with its link, the reminder, and what happens when nobody decides (R20)."""

import re
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from helpdesk import clock
from helpdesk.actions.acts import ActionAct
from helpdesk.actions.instructions import DecisionLink, make_link
from helpdesk.actions.lists import undecided
from helpdesk.actions.models import Action
from helpdesk.actions.wording import decision_text
from helpdesk.audit.models import SYSTEM, record
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.cover import hold_to_contract
from helpdesk.customers.models import Contact
from helpdesk.customers.people import instructing_contacts
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import post
from helpdesk.tickets.answering import ticket_link
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.titles import titled_in
from helpdesk.wording import when_words

LINKS_PER_DAY = 3
_YES = re.compile(
    r"承認|了承|承諾|許可します|許可いたします|お願いします|お願いいたします|お願い致します|進めて|実行して|隔離して|登録して|問題ありません|"
    r"大丈夫です|構いません|かまいません|(?<![A-Za-z])OK(?![A-Za-z])|ＯＫ|"
    r"\b(?:approved?|go ahead|proceed|please (?:do|quarantine|allow|isolate)|yes|agreed?|confirmed?)\b",
    re.IGNORECASE,
)
_NO = re.compile(r"しません|しないで|できません|できかね|いたしかね|\bnot\b|n't\b|\bnever\b|\bdecline", re.IGNORECASE)
_WORDS_READ = 2_000


def ask(action: Action) -> None:
    """Ask the named person to decide: the ticket waits for them, and a mail carries a link of their own.

    Where that person may no longer instruct, the first who may is asked. Refused where nobody may, and without a
    contract in force.
    """
    hold_to_contract(action.customer_id)
    hours = current_calendar().hours
    if not may_be_asked(action, action.asked_to):
        people = instructing_contacts(action.ticket.customer) if action.ticket.customer else []
        if not people:
            raise Refusal(_("This customer has named no alert contact. Ask the administrator to add one."))
        action.asked_to = people[0]
    action.ask_until = hours.end_of_business_day_after(clock.now(), 1)
    if not action.ticket.closed:
        action.ticket.wait_for_customer(SYSTEM)
    _send_to_asked("decision_request", action)


def reads_as_consent(words: str) -> bool:
    """Whether a mail's own words may be meant as an instruction. Never consent by itself: it only makes us ask."""
    own = words[:_WORDS_READ]
    return _YES.search(own) is not None and _NO.search(own) is None


def answer_consent(ticket: Ticket, person: Contact | None, words: str) -> bool:
    """A person who may instruct wrote something like `approved`: ask them to confirm it by a link of their own."""
    if person is None or not person.may_instruct or not reads_as_consent(words):
        return False
    pending = list(db.session.scalars(select(Action).where(Action.ticket_id == ticket.id, *undecided())))
    asked = [action for action in pending if _links_today(action, person) < LINKS_PER_DAY]
    for action in asked:
        _send("decision_confirm", action, person)
        record(SYSTEM, ActionAct.confirmation_asked, ticket, action=action.reference, to=person.name)
    return bool(asked)


def remind_and_return() -> int:
    """On the last morning remind who was asked; after the end give the action back to the desk. Returns how many."""
    hours, now = current_calendar().hours, clock.now()
    if not hours.is_open(now):
        return 0
    due = select(Action.id, Action.ticket_id).where(
        Action.ask_until.is_not(None), Action.returned_at.is_(None), *undecided()
    )
    soon = due.where(Action.ask_until < hours.closing(now) + timedelta(seconds=1))
    acted = 0
    for action_id, ticket_id in db.session.execute(soon.order_by(Action.id).limit(100)).all():
        db.session.scalar(_locked(select(Ticket).where(Ticket.id == ticket_id)))
        action = db.session.scalar(_locked(select(Action).where(Action.id == action_id, *undecided())))
        if action is None:
            continue
        if action.ask_until is not None and action.ask_until <= now:
            _give_back(action, now)
        elif action.reminded_at is None and hours.local_date(action.asked_at) < hours.local_date(now):
            action.reminded_at = now
            _send_to_asked("decision_reminder", action)
        else:
            continue
        acted += 1
    return acted


def may_be_asked(action: Action, person: Contact | None) -> bool:
    """Whether this person may instruct this action."""
    return person is not None and person.may_instruct and person.customer_id == action.customer_id


def _locked(rows: Select[Any]) -> Select[Any]:
    return rows.with_for_update().execution_options(populate_existing=True)


def _give_back(action: Action, now: datetime) -> None:
    """Nobody decided: the desk calls. The card on the portal stays open to who signs in."""
    action.returned_at = now
    action.needs_a_person(SYSTEM)
    record(SYSTEM, ActionAct.returned, action.ticket, action=action.reference)


def _links_today(action: Action, person: Contact) -> int:
    since = clock.now() - timedelta(days=1)
    made = select(func.count()).select_from(DecisionLink)
    made = made.where(DecisionLink.action_id == action.id, DecisionLink.contact_id == person.id)
    return db.session.scalar(made.where(DecisionLink.made_at > since)) or 0


def _send_to_asked(template: str, action: Action) -> None:
    if action.asked_to is not None and may_be_asked(action, action.asked_to):
        _send(template, action, action.asked_to)


def _send(template: str, action: Action, person: Contact) -> None:
    """A mail with what is asked and a link; our copy of the text has a mark instead of the link."""
    until = action.ask_until
    hours = current_calendar().hours
    if until is None or until <= clock.now():
        until = hours.end_of_business_day_after(clock.now(), 1)
    token = make_link(action, person, until)
    language = person.language.value
    with force_locale(language):
        lines = decision_text(action, hours, language)
    post(
        template,
        to=person.email,
        language=language,
        ticket_id=action.ticket_id,
        reply_token=action.ticket.reply_token,
        secret_link=f"{current_app.config['BASE_URL']}/decisions/{token}",
        charset=person.customer.mail_charset,
        salutation=person.salutation,
        name=person.name,
        reference=action.ticket.reference,
        subject=titled_in(language, action.ticket.subject, action.ticket.title),
        lines=lines,
        until=when_words(until, hours.zone, language),
        portal=ticket_link(action.ticket),
    )
