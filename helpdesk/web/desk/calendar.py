"""The supervisor's calendar: closing days and exceptional hours, with open due times recomputed (R40)."""

from datetime import date, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, StringField
from wtforms.validators import DataRequired, Length, Optional, Regexp

from helpdesk import clock
from helpdesk.accounts.roles import Role
from helpdesk.actions.lists import replan_waiting
from helpdesk.calendar.ahead import carry_on, is_known_ahead, known_until
from helpdesk.calendar.hours import public_holidays
from helpdesk.calendar.models import CalendarVersion, change_calendar, current_calendar, lock_calendar, read_span
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.tickets.clocks import recompute_due_times
from helpdesk.web.access import acting, audience
from helpdesk.web.forms import strip
from helpdesk.web.responding import again, done, refused
from helpdesk.wording import minutes_words

blueprint = Blueprint("calendar", __name__, url_prefix="/desk/calendar")

TIME = Regexp(r"^([01]?\d|2[0-4]):[0-5]\d$", message=_l("Write a time such as 9:00 or 24:00."))


class ClosingForm(FlaskForm):
    first = DateField(_l("First day"), [DataRequired()])
    last = DateField(_l("Last day"), [Optional()])
    name = StringField(_l("Reason"), [DataRequired(), Length(max=100)], [strip])


class HoursForm(FlaskForm):
    day = DateField(_l("Date"), [DataRequired()])
    opens = StringField(_l("Opens at"), [DataRequired(), TIME], [strip])
    closes = StringField(_l("Closes at"), [DataRequired(), TIME], [strip])
    note = StringField(_l("Reason"), [DataRequired(), Length(max=100)], [strip])


class UsualForm(FlaskForm):
    opens = StringField(_l("Opens at"), [DataRequired(), TIME], [strip])
    closes = StringField(_l("Closes at"), [DataRequired(), TIME], [strip])
    zone = StringField(_l("Time zone"), [DataRequired(), Length(max=60)], [strip])
    note = StringField(_l("Reason"), [DataRequired(), Length(max=100)], [strip])


@blueprint.get("")
@audience(Role.supervisor)
def calendar_page() -> ResponseReturnValue:
    return render_template("desk/calendar.html", **_page())


@blueprint.post("/closing-days")
@audience(Role.supervisor)
def add_closing_days() -> ResponseReturnValue:
    form = ClosingForm()
    if not form.validate() or form.first.data is None:
        return again("desk/calendar.html", **_page(closing_form=form))
    first, last = form.first.data, form.last.data or form.first.data
    if not timedelta() <= last - first <= timedelta(days=60):
        form.last.errors = [_("The last day must lie within 60 days after the first.")]
        return again("desk/calendar.html", **_page(closing_form=form))
    days = {first + timedelta(days=n): form.name.data or "" for n in range((last - first).days + 1)}
    known = dict(lock_calendar().hours.closing_days)
    change_calendar(acting(), form.name.data or "", closing_days=known | days)
    return _done()


@blueprint.post("/closing-days/years-to-come")
@audience(Role.supervisor)
def carry_closing_days_on() -> ResponseReturnValue:
    """Repeat the closing days of the last year known until five years from today."""
    carry_on(acting(), _("The closing days of the years to come"))
    return _done()


@blueprint.post("/usual-hours")
@audience(Role.supervisor)
def set_usual_hours() -> ResponseReturnValue:
    """Change the hours of business days, or the zone, from now on; earlier versions keep what they said."""
    form = UsualForm()
    if not form.validate():
        return again("desk/calendar.html", **_page(usual_form=form))
    lock_calendar()
    try:
        usual = read_span(f"{form.opens.data}-{form.closes.data}")
        if usual[0] >= usual[1]:
            raise Refusal(_("Hours must lie within one day and end after they start."), field="closes")
        change_calendar(acting(), form.note.data or "", usual=usual, zone=form.zone.data)
    except Refusal as refusal:
        return refused(refusal, form, "desk/calendar.html", **_page(usual_form=form))
    return _done()


@blueprint.post("/closing-days/<day>/removal")
@audience(Role.supervisor)
def remove_closing_day(day: str) -> ResponseReturnValue:
    known = dict(lock_calendar().hours.closing_days)
    known.pop(_day(day), None)
    change_calendar(acting(), f"- {day}", closing_days=known)
    return _done()


@blueprint.post("/exceptional-hours")
@audience(Role.supervisor)
def set_exceptional_hours() -> ResponseReturnValue:
    form = HoursForm()
    if not form.validate() or form.day.data is None:
        return again("desk/calendar.html", **_page(hours_form=form))
    span = read_span(f"{form.opens.data}-{form.closes.data}")
    if span[1] < span[0]:
        form.closes.errors = [_("Hours must lie within one day and end after they start.")]
        return again("desk/calendar.html", **_page(hours_form=form))
    known = dict(lock_calendar().hours.exceptional)
    change_calendar(acting(), form.note.data or "", exceptional=known | {form.day.data: span})
    return _done()


@blueprint.post("/exceptional-hours/<day>/removal")
@audience(Role.supervisor)
def remove_exceptional_hours(day: str) -> ResponseReturnValue:
    known = dict(lock_calendar().hours.exceptional)
    known.pop(_day(day), None)
    change_calendar(acting(), f"- {day}", exceptional=known)
    return _done()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refusal(_("This is not a date.")) from error


def _done() -> ResponseReturnValue:
    db.session.flush()
    calendar = current_calendar()
    changed = recompute_due_times(calendar) + replan_waiting(calendar.hours)
    return done(
        _("The calendar has a new version; %(count)s open due times were recomputed.", count=changed),
        "desk.calendar.calendar_page",
    )


def _page(**forms: FlaskForm) -> dict[str, object]:
    hours = current_calendar().hours
    today = hours.local_date(clock.now())
    holidays = {**public_holidays(today.year), **public_holidays(today.year + 1)}
    ahead = sorted((day, name) for day, name in hours.closing_days.items() if day >= today)
    opens, closes = (minutes_words(minutes) for minutes in hours.usual)
    page: dict[str, object] = {
        "hours": hours,
        "near": [(day, name) for day, name in ahead if day < today + timedelta(days=400)],
        "far": [(day, name) for day, name in ahead if day >= today + timedelta(days=400)],
        "until": known_until(hours.closing_days),
        "known_ahead": is_known_ahead(hours.closing_days, today),
        "versions": db.session.scalars(db.select(CalendarVersion).order_by(CalendarVersion.id.desc()).limit(20)).all(),
        "holidays": sorted((day, name) for day, name in holidays.items() if day >= today),
        "closing_form": ClosingForm(formdata=None),
        "hours_form": HoursForm(formdata=None),
        "usual_form": UsualForm(formdata=None, opens=opens, closes=closes, zone=hours.zone.key),
    }
    return page | forms
