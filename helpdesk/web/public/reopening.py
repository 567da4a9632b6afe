"""Opening a ticket again by the link in the mail of its closing, without a sign-in."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import Length

from helpdesk.calendar.models import current_calendar
from helpdesk.errands import nudge
from helpdesk.extensions import db, limiter
from helpdesk.intake.following import follow_up
from helpdesk.settings.models import current_settings
from helpdesk.tickets.joinings import where_it_goes_on
from helpdesk.tickets.kinds import Channel
from helpdesk.tickets.waiting import reopen_link_of
from helpdesk.web.access import audience
from helpdesk.web.mail_links import language_of, link_over

blueprint = Blueprint("reopening", __name__, url_prefix="/reopening")
WORDS_MAX = 5_000


class ReopenForm(FlaskForm):
    words = TextAreaField(_l("What is still open? (optional)"), [Length(max=WORDS_MAX)])


@blueprint.get("/<token>")
@audience()
@limiter.limit("60 per minute")
def page(token: str) -> ResponseReturnValue:
    """What the link opens; looking at it opens nothing: scanners do, too."""
    link = reopen_link_of(token)
    if link is None or not link.open:
        return link_over(link)
    with force_locale(language_of(link)):
        return render_template("public/reopen.html", ticket=link.ticket, form=ReopenForm(formdata=None))


@blueprint.post("/<token>")
@audience()
@limiter.limit("20 per minute")
def reopen(token: str) -> ResponseReturnValue:
    """Open the ticket again, with words or without; an answer is due from now."""
    link = reopen_link_of(token, lock=True)
    if link is None or not link.open:
        return link_over(link)
    ticket, by = where_it_goes_on(link.ticket), link.actor(request.remote_addr)
    with force_locale(language_of(link)):
        form = ReopenForm()
        if not form.validate():
            return render_template("public/reopen.html", ticket=ticket, form=form), 422
        if (form.words.data or "").strip():
            follow_up(ticket, by, form.words.data or "", channel=Channel.mail, acknowledged=False)
        elif ticket.closed:
            ticket.reopen(by, "link", current_calendar(), current_settings().first_answer_minutes)
        db.session.commit()
        nudge()
        return render_template("public/contested.html", ticket=ticket)
