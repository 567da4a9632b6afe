"""Whom the product tells what a supervisor has to see to."""

from collections.abc import Sequence

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import select

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import DESK, Role
from helpdesk.accounts.words import ROLE_WORDS
from helpdesk.audit.models import Actor
from helpdesk.calendar.ahead import days_are_missing, known_until
from helpdesk.calendar.models import current_calendar
from helpdesk.extensions import db
from helpdesk.marking import word
from helpdesk.notices.models import post
from helpdesk.wording import date_words


def supervisors() -> Sequence[User]:
    return db.session.scalars(select(User).where(User.role == Role.supervisor, User.active)).all()


def ask_for_closing_days() -> int:
    """Once a year, ask the supervisors for the closing days of the year to come; returns how many were asked (R40)."""
    if not days_are_missing():
        return 0
    last, people = known_until(current_calendar().hours.closing_days), supervisors()
    for person in people:
        language = person.language.value
        post(
            "closing_days",
            to=person.email,
            language=language,
            name=person.name,
            last=date_words(last, language) if last else None,
            link=f"{current_app.config['BASE_URL']}/desk/calendar",
        )
    return len(people)


def tell_of_desk_account(by: Actor, account: User) -> None:
    """Whoever watches over the desk hears of each account that sees tickets from now on, or is somebody else's (R70).

    Administrators see no tickets, and could make themselves an account that does.
    """
    if account.role not in DESK:
        return
    for person in supervisors():
        if person.id in (account.id, by.id):
            continue
        language = person.language.value
        with force_locale(language):
            role = word(ROLE_WORDS, account.role.value)
        post(
            "desk_account",
            to=person.email,
            language=language,
            name=person.name,
            by=by.name,
            who=account.name,
            address=account.email,
            role=role,
        )
