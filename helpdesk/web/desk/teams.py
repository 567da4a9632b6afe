"""Teams and queues, as supervisors keep them: people, hours, names, reminders, whose tickets begin where (R70)."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import BooleanField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField, TimeField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import DESK, Role
from helpdesk.customers.models import Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.kinds import Queue, TicketKind
from helpdesk.tickets.queues import (
    SIGNATURE_MAX,
    TicketQueue,
    all_queues,
    begin_as_usual,
    begin_here,
    beginning_counts,
    change_queue,
    close_queue,
    make_queue,
)
from helpdesk.tickets.teams import NAME_MAX, Team, all_teams, change_team, make_team, remove_team
from helpdesk.tickets.waiting import DAYS_MAX, set_rule, waiting_rules
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.forms import strip
from helpdesk.web.responding import again, done, refused
from helpdesk.web.ticket_side import CUSTOMERS_MAX

blueprint = Blueprint("teams", __name__, url_prefix="/desk/teams")


class NewTeamForm(FlaskForm):
    name = StringField(_l("Name"), [DataRequired(), Length(max=NAME_MAX)], [strip], id="team-name")


class NewQueueForm(FlaskForm):
    name = StringField(_l("Name"), [DataRequired(), Length(max=NAME_MAX)], [strip], id="queue-name")
    name_en = StringField(_l("Name in English"), [Length(max=NAME_MAX)], [strip], id="queue-name-en")


class TeamForm(NewTeamForm):
    people = SelectMultipleField(
        _l("People"), coerce=int, option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    opens = TimeField(_l("Works from"), [Optional()])
    closes = TimeField(_l("until"), [Optional()])


class QueueForm(FlaskForm):
    """`name` and `name_en` are only asked for where the queue does not ship."""

    name = StringField(_l("Name"), [Length(max=NAME_MAX)], [strip])
    name_en = StringField(_l("Name in English"), [Length(max=NAME_MAX)], [strip])
    team = SelectField(_l("Team"), coerce=int)
    second_eyes = BooleanField(_l("A second person reads every reply before it goes out"))
    signature = TextAreaField(_l("Signature"), [Length(max=SIGNATURE_MAX)])
    first = IntegerField(_l("First reminder after"), [InputRequired(), NumberRange(0, DAYS_MAX)])
    again = IntegerField(_l("second after further"), [InputRequired(), NumberRange(0, DAYS_MAX)])
    close = IntegerField(_l("completed after further"), [InputRequired(), NumberRange(0, DAYS_MAX)])


@blueprint.get("")
@audience(Role.supervisor)
def page() -> ResponseReturnValue:
    return render_template("desk/teams.html", **_overview())


@blueprint.post("")
@audience(Role.supervisor)
def add_team() -> ResponseReturnValue:
    form = NewTeamForm()
    if not form.validate():
        return again("desk/teams.html", **_overview(team_form=form))
    try:
        team = make_team(acting(), form.name.data or "")
    except Refusal as refusal:
        return _refused_here(refusal, team_form=form)
    return done("", "desk.teams.team_page", team_id=team.id)


@blueprint.post("/queues")
@audience(Role.supervisor)
def add_queue() -> ResponseReturnValue:
    form = NewQueueForm()
    if not form.validate():
        return again("desk/teams.html", **_overview(queue_form=form))
    try:
        queue = make_queue(acting(), form.name.data or "", form.name_en.data or "")
    except Refusal as refusal:
        return _refused_here(refusal, queue_form=form)
    return done("", "desk.teams.queue_page", queue_id=queue.id)


@blueprint.get("/<int:team_id>")
@audience(Role.supervisor)
def team_page(team_id: int) -> ResponseReturnValue:
    team = db.get_or_404(Team, team_id)
    return render_template("desk/team.html", **_team(team, _team_form(team)))


@blueprint.post("/<int:team_id>")
@audience(Role.supervisor)
def change(team_id: int) -> ResponseReturnValue:
    team = db.get_or_404(Team, team_id)
    form = _team_form(team)
    if not form.validate():
        return again("desk/team.html", **_team(team, form))
    try:
        change_team(
            team,
            acting(),
            name=form.name.data or "",
            people=form.people.data or [],
            opens=form.opens.data,
            closes=form.closes.data,
        )
    except Refusal as refusal:
        db.session.rollback()
        return refused(refusal, form, "desk/team.html", **_without(_team(db.get_or_404(Team, team_id), form)))
    return done(_("The team %(name)s is kept.", name=team.name), "desk.teams.page")


@blueprint.post("/<int:team_id>/removal")
@audience(Role.supervisor)
def remove(team_id: int) -> ResponseReturnValue:
    team = db.get_or_404(Team, team_id)
    name = team.name
    remove_team(team, acting())
    return done(_("The team %(name)s is gone. Its people and queues stay.", name=name), "desk.teams.page")


@blueprint.get("/queues/<int:queue_id>")
@audience(Role.supervisor)
def queue_page(queue_id: int) -> ResponseReturnValue:
    queue = db.get_or_404(TicketQueue, queue_id)
    return render_template("desk/queue_settings.html", **_queue(queue, _queue_form(queue)))


@blueprint.post("/queues/<int:queue_id>")
@audience(Role.supervisor)
def change_settings(queue_id: int) -> ResponseReturnValue:
    """Its names, team and reminders."""
    queue = db.get_or_404(TicketQueue, queue_id)
    form = _queue_form(queue)
    if not form.validate():
        return again("desk/queue_settings.html", **_queue(queue, form))
    team = db.session.get(Team, form.team.data or 0)
    try:
        change_queue(
            queue,
            acting(),
            name=form.name.data or "",
            name_en=form.name_en.data or "",
            team=team,
            second_eyes=bool(form.second_eyes.data),
            signature=form.signature.data or "",
        )
        if _reminds(queue):
            days = {"first": form.first.data or 0, "again": form.again.data or 0, "close": form.close.data or 0}
            set_rule(acting(), queue.code, **days)
    except Refusal as refusal:
        db.session.rollback()
        fresh = db.get_or_404(TicketQueue, queue_id)
        return refused(refusal, form, "desk/queue_settings.html", **_without(_queue(fresh, form)))
    return done(_("The queue is kept."), "desk.teams.page")


@blueprint.post("/queues/<int:queue_id>/customers")
@audience(Role.supervisor)
def begin(queue_id: int) -> ResponseReturnValue:
    """Let a customer's tickets begin here, or no more."""
    queue = db.get_or_404(TicketQueue, queue_id)
    kind, name = request.form.get("kind", ""), request.form.get("customer", "").replace("\x00", "").strip()
    customer = db.session.scalar(select(Customer).where(Customer.name == name))
    if customer is None or kind not in TicketKind.__members__:
        raise Refusal(
            _("There is no customer of this name. Nothing was changed: go back and choose one from the list.")
        )
    if request.form.get("act") == "remove":
        begin_as_usual(queue, acting(), customer, TicketKind(kind))
    else:
        begin_here(queue, acting(), customer, TicketKind(kind))
    return done(_("Set for tickets that come from now on."), "desk.teams.queue_page", queue_id=queue_id)


@blueprint.post("/queues/<int:queue_id>/closure")
@audience(Role.supervisor)
def close(queue_id: int) -> ResponseReturnValue:
    queue = db.get_or_404(TicketQueue, queue_id)
    close_queue(queue, acting())
    return done(_("The queue %(name)s is closed.", name=queue.name), "desk.teams.page")


def _overview(**forms: FlaskForm) -> dict[str, Any]:
    usual: dict[str, Any] = {"team_form": NewTeamForm(formdata=None), "queue_form": NewQueueForm(formdata=None)}
    rules, queues = waiting_rules(), all_queues()
    shown: dict[str, Any] = {
        "teams": all_teams(),
        "queues": queues,
        "rules": {one.code: rules[one.code] for one in queues},
    }
    shown["beginning"] = beginning_counts()
    return usual | shown | {"counts": count_views(signed_in()), "reminds": _reminds} | forms


def _refused_here(refusal: Refusal, **forms: FlaskForm) -> ResponseReturnValue:
    db.session.rollback()
    (form,) = forms.values()
    return refused(refusal, form, "desk/teams.html", **_overview(**forms))


def _team(team: Team, form: TeamForm) -> dict[str, Any]:
    queues = db.session.scalars(select(TicketQueue).where(TicketQueue.team_id == team.id)).all()
    return {"team": team, "form": form, "queues": queues, "counts": count_views(signed_in())}


def _team_form(team: Team) -> TeamForm:
    form = TeamForm(obj=team, people=[one.id for one in team.people])
    people = db.session.scalars(select(User).where(User.role.in_(DESK), User.active).order_by(User.name))
    form.people.choices = [(one.id, one.name) for one in people]
    return form


def _queue(queue: TicketQueue, form: QueueForm) -> dict[str, Any]:
    names = (
        () if queue.shipped else db.session.scalars(select(Customer.name).order_by(Customer.name).limit(CUSTOMERS_MAX))
    )
    return {
        "queue": queue,
        "form": form,
        "reminds": _reminds(queue),
        "customers": list(names),
        "counts": count_views(signed_in()),
    }


def _queue_form(queue: TicketQueue) -> QueueForm:
    rule = waiting_rules()[queue.code]
    days = {"first": rule.first, "again": rule.again, "close": rule.close}
    named = {"name": queue.name, "name_en": queue.name_en}
    form = QueueForm(**named, team=queue.team_id or 0, second_eyes=queue.second_eyes, signature=queue.signature, **days)
    form.team.choices = [(0, _("nobody in particular")), *((one.id, one.name) for one in all_teams())]
    return form


def _reminds(queue: TicketQueue) -> bool:
    """An alert's report and decision have clocks of their own."""
    return queue.code != Queue.alerts


def _without(context: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in context.items() if name != "form"}
