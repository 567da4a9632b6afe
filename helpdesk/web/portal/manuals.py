"""The customer's side of triage: manuals, places while typing, and the two buttons of an answer."""

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.roles import CUSTOMERS, DESK, Role
from helpdesk.errors import number
from helpdesk.extensions import db, limiter
from helpdesk.files.models import read
from helpdesk.intake.following import promise_answer
from helpdesk.manuals.models import Manual, ManualSection, current_contents, neighbours, section_of_key, sections_by_key
from helpdesk.tickets.kinds import BODY_MAX
from helpdesk.tickets.visibility import ticket_for
from helpdesk.triage.assessment import Glance, find_places, glance
from helpdesk.triage.deciding import accept, contest
from helpdesk.triage.knowledge import current_places
from helpdesk.triage.shown_places import note_opened, note_shown
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.pages import when
from helpdesk.web.responding import done

blueprint = Blueprint("manuals", __name__, url_prefix="/portal")
FORM_MAX = 64


@blueprint.get("/manual")
@audience(CUSTOMERS, DESK)
def contents() -> ResponseReturnValue:
    """The sections in force; with `q`, those that fit the question."""
    question = request.args.get("q", "").strip()[:300]
    places = find_places(question, current_places()) if question else []
    by_key = sections_by_key([place.key for place in places])
    found = [(by_key[place.key], place) for place in places if place.key in by_key]
    return render_template("portal/manual.html", sections=current_contents(), found=found, question=question)


@blueprint.get("/manual/<path:key>")
@audience(CUSTOMERS, DESK)
def section(key: str) -> ResponseReturnValue:
    """A section: in the edition that was cited, or as it stands now; one that left the manual in its last edition."""
    edition = number(request.args.get("edition"))
    shown = section_of_key(key, edition)
    if shown is None:
        return render_template("portal/manual.html", sections=current_contents(), found=[], question=""), 404
    newest = sections_by_key([key]).get(key)
    before, after = neighbours(shown)
    return render_template(
        "portal/section.html", section=shown, newest=newest, previous=before, following=after, edition=edition
    )


@blueprint.get("/manual-sections/<int:section_id>")
@audience(CUSTOMERS, DESK)
def cited(section_id: int) -> ResponseReturnValue:
    """Where the link of an answer leads: to the section in the edition that was cited."""
    section = db.session.get(ManualSection, section_id)
    # drafts, and what has not begun, are nowhere
    if section is None or section_of_key(section.key, section.manual_id) is None:
        abort(404)
    return redirect(url_for("portal.manuals.section", key=section.key, edition=section.manual_id))


@blueprint.get("/manual-originals/<int:manual_id>")
@audience(CUSTOMERS, DESK)
def original(manual_id: int) -> ResponseReturnValue:
    """The PDF that a manual was imported from, for a viewer at the page of a place."""
    manual = db.session.get(Manual, manual_id)
    drafts = signed_in().role == Role.supervisor
    if manual is None or not manual.is_pdf or manual.sha256 is None or not (manual.begun or drafts):
        abort(404)
    answer = Response(read(manual.sha256), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{manual.series}.pdf"'
    return answer


@blueprint.post("/manual-places")
@audience(CUSTOMERS)
@limiter.limit("120 per minute")
def places() -> ResponseReturnValue:
    """Places and a line on scope for what is being typed, as a fragment (R05); what is shown is kept."""
    subject, body = request.form.get("subject", ""), request.form.get("body", "")[:1000]
    seen = glance(subject, body, current_places()) if len(subject + body) > 2 else Glance([])
    by_key = sections_by_key([place.key for place in seen.places])
    shown = [by_key[place.key] for place in seen.places if place.key in by_key]
    form = request.form.get("once", "")[:FORM_MAX]
    if shown and form:
        note_shown(signed_in(), form, [section.key for section in shown])
        db.session.commit()
    return render_template("portal/_places.html", places=shown, scope=seen.scope, form=form)


@blueprint.post("/manual-places/opening")
@audience(CUSTOMERS)
@limiter.limit("120 per minute")
def opened() -> ResponseReturnValue:
    """A place that was shown while typing was opened."""
    note_opened(signed_in(), request.form.get("once", "")[:FORM_MAX], request.form.get("key", "")[:200])
    db.session.commit()
    return "", 204


@blueprint.post("/tickets/<reference>/contest")
@audience(CUSTOMERS)
def contest_answer(reference: str) -> ResponseReturnValue:
    """A person is to look, with words or without; the date by which they answer is told."""
    ticket = ticket_for(signed_in(), reference, lock=True)
    words = request.form.get("words", "")[:BODY_MAX]
    if contest(ticket, acting(), words):
        promise_answer(ticket)
    told = _("A person looks at it again.")
    if ticket.due_at is not None:
        told = f"{told} {_('You hear from us by %(at)s.', at=when(ticket.due_at))}"
    return done(told, "portal.tickets.ticket_page", reference=reference)


@blueprint.post("/tickets/<reference>/acceptance")
@audience(CUSTOMERS)
def accept_answer(reference: str) -> ResponseReturnValue:
    ticket = ticket_for(signed_in(), reference, lock=True)
    accept(ticket, acting())
    return done(_("Thank you. We are glad it helped."), "portal.tickets.ticket_page", reference=reference)
