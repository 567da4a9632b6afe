"""Prepared replies: found and put in while an agent writes, kept by supervisors (ux.md, macros)."""

from typing import Any

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from helpdesk import clock
from helpdesk.accounts.roles import DESK, Role
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.marking import word
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.kinds import Then
from helpdesk.tickets.macros import (
    FOLDER_MAX,
    NAME_MAX,
    VARIABLES,
    Macro,
    MacroWords,
    all_macros,
    fill,
    find_macros,
    macro_of,
    remove_macro,
    save_macro,
)
from helpdesk.tickets.visibility import ticket_for
from helpdesk.tickets.words import THEN_WORDS
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.forms import strip
from helpdesk.web.responding import again, done, refused

blueprint = Blueprint("macros", __name__, url_prefix="/desk")
FOUND_MAX = 12


class MacroForm(FlaskForm):
    name = StringField(_l("Name"), [DataRequired(), Length(max=NAME_MAX)], [strip])
    name_en = StringField(_l("Name in English"), [Length(max=NAME_MAX)], [strip])
    folder = StringField(_l("Folder"), [Length(max=FOLDER_MAX)], [strip])
    queue = SelectField(_l("Only in the queue"))
    body = TextAreaField(_l("Text"), [DataRequired(_l("Please write something first."))])
    body_en = TextAreaField(_l("Text in English"))
    then = SelectField(_l("The ticket then"), choices=[(then.value, then.value) for then in Then])
    tag = StringField(_l("Tag"), [Length(max=30)], [strip])
    takes = BooleanField(_l("Whoever uses it takes the ticket"))


@blueprint.get("/tickets/<reference>/macros")
@audience(DESK)
def find(reference: str) -> ResponseReturnValue:
    """What fits the words `q`, each filled in for this ticket: at most twelve."""
    ticket, user = ticket_for(signed_in(), reference), signed_in()
    calendar = current_calendar()
    month = calendar.hours.local_date(clock.now()).strftime("%y%m")
    found = find_macros(ticket, request.args.get("q", "")[:100])
    answers = []
    for macro in found[:FOUND_MAX]:
        words = fill(macro, ticket, user, calendar)
        answers.append(
            {
                "id": macro.id,
                "title": macro.title,
                "folder": macro.folder,
                "used": macro.used_then if macro.used_in == month else 0,
                "pieces": words.pieces,
                "missing": words.missing,
                "does": macro.does,
            }
        )
    return jsonify(count=len(found), macros=answers)


@blueprint.get("/macros")
@audience(DESK)
def page() -> ResponseReturnValue:
    month = current_calendar().hours.local_date(clock.now()).strftime("%y%m")
    return render_template("desk/macros.html", macros=all_macros(), month=month, counts=count_views(signed_in()))


@blueprint.get("/macros/new")
@audience(Role.supervisor)
def new() -> ResponseReturnValue:
    return render_template("desk/macro.html", **_page(None, _form(None)))


@blueprint.post("/macros/new")
@audience(Role.supervisor)
def add() -> ResponseReturnValue:
    return _saved(None)


@blueprint.get("/macros/<int:macro_id>")
@audience(Role.supervisor)
def macro_page(macro_id: int) -> ResponseReturnValue:
    macro = macro_of(macro_id)
    return render_template("desk/macro.html", **_page(macro, _form(macro)))


@blueprint.post("/macros/<int:macro_id>")
@audience(Role.supervisor)
def change(macro_id: int) -> ResponseReturnValue:
    return _saved(macro_of(macro_id))


@blueprint.post("/macros/<int:macro_id>/removal")
@audience(Role.supervisor)
def remove(macro_id: int) -> ResponseReturnValue:
    macro = macro_of(macro_id)
    remove_macro(macro, acting())
    return done(_("The prepared reply is gone. What was sent with it stays."), "desk.macros.page")


def _saved(macro: Macro | None) -> ResponseReturnValue:
    form = _form(macro)
    if not form.validate():
        return again("desk/macro.html", **_page(macro, form))
    words = MacroWords(
        form.name.data or "",
        form.body.data or "",
        form.name_en.data or "",
        form.body_en.data or "",
        form.folder.data or "",
        form.queue.data or None,
        Then(form.then.data),
        form.tag.data or "",
        takes=bool(form.takes.data),
    )
    try:
        kept = save_macro(macro, acting(), words)
    except Refusal as refusal:
        shown = macro.id if macro is not None else None
        db.session.rollback()
        page = _page(macro_of(shown) if shown is not None else None, form)
        del page["form"]
        return refused(refusal, form, "desk/macro.html", **page)
    return done(_("The prepared reply %(name)s is kept.", name=kept.name), "desk.macros.page")


def _form(macro: Macro | None) -> MacroForm:
    form = MacroForm(obj=macro)
    counts = count_views(signed_in())
    form.queue.choices = [("", _("every queue")), *counts.queue_choices]
    form.then.choices = [(then.value, word(THEN_WORDS, then.value)) for then in Then]
    if request.method == "GET":
        form.queue.data, form.then.data = (macro.queue or "", macro.then.value) if macro else ("", Then.stay.value)
    return form


def _page(macro: Macro | None, form: MacroForm) -> dict[str, Any]:
    return {"macro": macro, "form": form, "variables": VARIABLES, "counts": count_views(signed_in())}
