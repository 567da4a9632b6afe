"""The supervisor's pages of manuals: import with progress, the draft, publishing, withdrawing, words of a section."""

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from sqlalchemy import select
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from helpdesk.accounts.roles import Role
from helpdesk.customers.models import Language
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.files.names import clean_name
from helpdesk.manuals.importing import Edition, ManualImport, ask_import, discard
from helpdesk.manuals.models import Manual, ManualSection, contents_of, current_manuals
from helpdesk.manuals.reading import TITLE_MAX
from helpdesk.tickets.counts import count_views
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.forms import strip
from helpdesk.web.responding import again, done

blueprint = Blueprint("manuals", __name__, url_prefix="/desk/manuals")
LISTED = 50


class ImportForm(FlaskForm):
    file = FileField(_l("File (PDF, HTML, or HTML files in a ZIP)"), [FileRequired(_l("Please choose a file."))])
    title = StringField(_l("Title"), [DataRequired(), Length(max=TITLE_MAX)], [strip])
    series = StringField(
        _l("Short name, the same for every edition"), [DataRequired(), Length(max=31)], [strip], default="operation"
    )
    edition = StringField(_l("Edition"), [DataRequired(), Length(max=100)], [strip])
    language = SelectField(_l("Language"), choices=[("ja", "日本語"), ("en", "English")], default="ja")
    valid_from = DateField(_l("In force from"), [DataRequired(_l("Please give the first day."))])
    valid_until = DateField(_l("Last day (empty: until the next edition)"), [Optional()])


class LastDayForm(FlaskForm):
    last_day = DateField(_l("Last day in force"), [DataRequired(_l("Please give the last day."))])


class WordsForm(FlaskForm):
    words = TextAreaField(_l("Words people ask for it with, one a line"), [Length(max=5000)])


@blueprint.get("/")
@audience(Role.supervisor)
def overview() -> ResponseReturnValue:
    return render_template("desk/manuals.html", form=ImportForm(formdata=None), **_overview())


@blueprint.post("/")
@audience(Role.supervisor)
def start_import() -> ResponseReturnValue:
    """Keep the file and read it in the background; nothing is published yet."""
    form = ImportForm()
    if not form.validate():
        return again("desk/manuals.html", form=form, **_overview())
    edition = Edition(
        series=form.series.data or "",
        title=form.title.data or "",
        edition=form.edition.data or "",
        language=Language(form.language.data),
        valid_from=form.valid_from.data or date.max,
        valid_until=form.valid_until.data,
    )
    try:
        row = ask_import(acting(), edition, clean_name(form.file.data.filename or ""), form.file.data.read())
    except Refusal as refusal:
        form.file.errors = [str(refusal)]
        return again("desk/manuals.html", form=form, **_overview())
    return done("", "desk.manuals.import_page", import_id=row.id)


@blueprint.get("/imports/<int:import_id>")
@audience(Role.supervisor)
def import_page(import_id: int) -> ResponseReturnValue:
    """How far the reading is, and what could not be read."""
    return render_template("desk/import.html", row=db.get_or_404(ManualImport, import_id), **_counts())


@blueprint.get("/imports/<int:import_id>/progress")
@audience(Role.supervisor)
def progress(import_id: int) -> ResponseReturnValue:
    """The part of the page that changes, until the reading has ended."""
    return render_template("desk/_progress.html", row=db.get_or_404(ManualImport, import_id))


@blueprint.post("/imports/<int:import_id>/again")
@audience(Role.supervisor)
def import_again(import_id: int) -> ResponseReturnValue:
    """Read a file again whose reading ended unexpectedly."""
    row = db.get_or_404(ManualImport, import_id, with_for_update=True)
    row.again(acting())
    return done("", "desk.manuals.import_page", import_id=import_id)


@blueprint.get("/<int:manual_id>")
@audience(Role.supervisor)
def manual_page(manual_id: int) -> ResponseReturnValue:
    manual = db.get_or_404(Manual, manual_id)
    row = db.session.scalar(select(ManualImport).where(ManualImport.manual_id == manual_id))
    return render_template(
        "desk/manual.html",
        manual=manual,
        sections=contents_of([manual_id]),
        row=row,
        form=LastDayForm(formdata=None),
        **_counts(),
    )


@blueprint.post("/<int:manual_id>/publication")
@audience(Role.supervisor)
def publish(manual_id: int) -> ResponseReturnValue:
    manual = db.get_or_404(Manual, manual_id, with_for_update=True)
    manual.publish(acting())
    return done(
        _("The manual is published. Customers read it from its first day on."),
        "desk.manuals.manual_page",
        manual_id=manual_id,
    )


@blueprint.post("/<int:manual_id>/withdrawal")
@audience(Role.supervisor)
def withdraw(manual_id: int) -> ResponseReturnValue:
    manual, form = db.get_or_404(Manual, manual_id, with_for_update=True), LastDayForm()
    if not form.validate() or not form.last_day.data:
        flash(_("Please give the last day."), "error")
        return redirect(url_for("desk.manuals.manual_page", manual_id=manual_id))
    manual.withdraw(acting(), form.last_day.data)
    return done(
        _("Recorded. Places that answers cited stay readable."), "desk.manuals.manual_page", manual_id=manual_id
    )


@blueprint.post("/<int:manual_id>/disposal")
@audience(Role.supervisor)
def drop(manual_id: int) -> ResponseReturnValue:
    discard(acting(), db.get_or_404(Manual, manual_id, with_for_update=True))
    return done(_("The draft is dropped. The file can be imported again."), "desk.manuals.overview")


@blueprint.get("/sections/<int:section_id>")
@audience(Role.supervisor)
def section_form(section_id: int) -> ResponseReturnValue:
    section, form = db.get_or_404(ManualSection, section_id), WordsForm(formdata=None)
    form.words.data = "\n".join(section.asked)
    return render_template("desk/words.html", section=section, form=form, **_counts())


@blueprint.post("/sections/<int:section_id>")
@audience(Role.supervisor)
def change_words(section_id: int) -> ResponseReturnValue:
    section, form = db.get_or_404(ManualSection, section_id), WordsForm()
    if not form.validate():
        return again("desk/words.html", section=section, form=form, **_counts())
    words = [word.strip() for word in (form.words.data or "").splitlines() if word.strip()]
    section.set_asked(acting(), list(dict.fromkeys(words)))
    return done(_("The words are saved and used from now on."), "desk.manuals.manual_page", manual_id=section.manual_id)


def _overview() -> dict[str, Any]:
    manuals = select(Manual).order_by(Manual.valid_from.desc(), Manual.id.desc()).limit(LISTED)
    unfinished = select(ManualImport).where(ManualImport.manual_id.is_(None)).order_by(ManualImport.id.desc()).limit(10)
    return {
        "manuals": db.session.scalars(manuals).all(),
        "current": {manual.id for manual in current_manuals()},
        "imports": [row for row in db.session.scalars(unfinished) if row.state != ErrandState.done],
        **_counts(),
    }


def _counts() -> dict[str, Any]:
    return {"counts": count_views(signed_in())}
