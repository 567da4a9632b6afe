"""The provider's template of monthly reports: colour, logo, wording, sections; a preview without sending (R30)."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.roles import Role
from helpdesk.reports.layouts import SECTIONS, LayoutWords, change_layout
from helpdesk.reports.making import ACCENT
from helpdesk.reports.models import current_layout
from helpdesk.tickets.counts import count_views
from helpdesk.web.access import audience, signed_in
from helpdesk.web.responding import done

blueprint = Blueprint("layout", __name__, url_prefix="/desk/report-template")


@blueprint.get("")
@audience(Role.supervisor)
def page() -> ResponseReturnValue:
    return render_template(
        "desk/report_template.html",
        layout=current_layout(),
        accent=ACCENT,
        sections=SECTIONS,
        counts=count_views(signed_in()),
    )


@blueprint.post("")
@audience(Role.supervisor)
def change() -> ResponseReturnValue:
    """Reports that were sent keep the template they were sent with."""
    form, logo = request.form, request.files.get("logo")
    words = LayoutWords(
        accent=form.get("accent", ""),
        greeting_ja=form.get("greeting_ja", ""),
        greeting_en=form.get("greeting_en", ""),
        closing_ja=form.get("closing_ja", ""),
        closing_en=form.get("closing_en", ""),
        shown=form.getlist("shown"),
    )
    change_layout(signed_in(), words, logo.read() if logo else None, drop_logo="drop_logo" in form)
    return done(_("The template is kept. Look at a report under review to see it."), "desk.layout.page")
