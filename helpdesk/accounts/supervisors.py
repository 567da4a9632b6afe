"""Whom the product tells what a supervisor has to see to."""

from collections.abc import Sequence

from flask import current_app
from sqlalchemy import select

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Role
from helpdesk.calendar.ahead import days_are_missing, known_until
from helpdesk.calendar.models import current_calendar
from helpdesk.extensions import db
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
