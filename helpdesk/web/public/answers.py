"""An answer's own page, by the link in its mail: its places in the manual, and the two buttons (R03, R04)."""

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import Length

from helpdesk.errands import nudge
from helpdesk.errors import NotFound
from helpdesk.extensions import db, limiter
from helpdesk.files.models import read
from helpdesk.intake.following import promise_answer
from helpdesk.manuals.models import ManualSection, section_of_key
from helpdesk.tickets.kinds import Channel
from helpdesk.tickets.messages import Message
from helpdesk.triage.answer_links import AnswerLink, answer_link_of
from helpdesk.triage.deciding import accept, contest
from helpdesk.web.access import audience
from helpdesk.web.mail_links import language_of, link_over

blueprint = Blueprint("answers", __name__, url_prefix="/answers")
WORDS_MAX = 5_000


class ContestForm(FlaskForm):
    words = TextAreaField(_l("What does the answer leave open? (optional)"), [Length(max=WORDS_MAX)])


@blueprint.get("/<token>")
@audience()
@limiter.limit("60 per minute")
def page(token: str) -> ResponseReturnValue:
    """The answer, its places, and what to do if it does not help. Opening it decides nothing: scanners do, too."""
    link = answer_link_of(token)
    if link is None or not link.open:
        return link_over(link)
    with force_locale(language_of(link)):
        return _page(link, token, ContestForm(formdata=None))


@blueprint.get("/<token>/places/<int:place>")
@audience()
@limiter.limit("60 per minute")
def place(token: str, place: int) -> ResponseReturnValue:
    """A section that the answer cites, in the edition that was cited."""
    link = answer_link_of(token)
    if link is None or not link.open:
        return link_over(link)
    sections = _sections(link)
    if not 0 < place <= len(sections):
        raise NotFound
    with force_locale(language_of(link)):
        return render_template("public/place.html", section=sections[place - 1], token=token, place=place)


@blueprint.get("/<token>/places/<int:place>/original")
@audience()
@limiter.limit("60 per minute")
def original(token: str, place: int) -> ResponseReturnValue:
    """The PDF that a cited section stands in."""
    link = answer_link_of(token)
    if link is None or not link.open:
        return link_over(link)
    sections = _sections(link)
    manual = sections[place - 1].manual if 0 < place <= len(sections) else None
    if manual is None or not manual.is_pdf or manual.sha256 is None:
        raise NotFound
    answer = Response(read(manual.sha256), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{manual.series}.pdf"'
    return answer


@blueprint.post("/<token>/contest")
@audience()
@limiter.limit("20 per minute")
def contest_answer(token: str) -> ResponseReturnValue:
    """A person is to look, with words or without; the page says until when they answer."""
    link = answer_link_of(token, lock=True)
    if link is None or not link.open:
        return link_over(link)
    with force_locale(language_of(link)):
        form = ContestForm()
        if not form.validate():
            return _page(link, token, form), 422
        if contest(link.ticket, link.actor(request.remote_addr), form.words.data or "", channel=Channel.mail):
            promise_answer(link.ticket)
        db.session.commit()
        nudge()
        return render_template("public/contested.html", ticket=link.ticket)


@blueprint.post("/<token>/acceptance")
@audience()
@limiter.limit("20 per minute")
def accept_answer(token: str) -> ResponseReturnValue:
    link = answer_link_of(token, lock=True)
    if link is None or not link.open:
        return link_over(link)
    with force_locale(language_of(link)):
        accept(link.ticket, link.actor(request.remote_addr))
        db.session.commit()
        return render_template("public/accepted.html")


def _page(link: AnswerLink, token: str, form: ContestForm) -> str:
    answer = db.session.get(Message, link.decision.message_id)
    return render_template(
        "public/answer.html",
        ticket=link.ticket,
        decision=link.decision,
        answer=answer,
        token=token,
        form=form,
        sections=_sections(link),
    )


def _sections(link: AnswerLink) -> list[ManualSection]:
    """What the answer cites, in its editions; what is nowhere any more is left out."""
    cited: list[tuple[Any, Any]] = list(zip(link.decision.section_keys, link.decision.manual_ids, strict=False))
    found = (section_of_key(key, edition) for key, edition in cited)
    return [section for section in found if section is not None]
