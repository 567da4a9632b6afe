"""The customer's side of triage: the manual, suggestions while typing, and the two buttons of an answer."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.access import acting, audience, signed_in
from helpdesk.accounts.models import CUSTOMERS, DESK
from helpdesk.extensions import db, limiter
from helpdesk.tickets.visibility import ticket_for
from helpdesk.triage.assessment import find_places
from helpdesk.triage.deciding import accept, contest
from helpdesk.triage.models import current_index, current_sections

blueprint = Blueprint("manual", __name__, url_prefix="/portal")


@blueprint.get("/manual")
@audience(CUSTOMERS, DESK)
def contents() -> ResponseReturnValue:
    """The manual's sections; with `q`, those that fit the question."""
    sections = current_sections()
    question = request.args.get("q", "").strip()[:300]
    places = find_places(question, current_index()) if question else []
    by_key = {section.key: section for section in sections}
    found = [(by_key[place.key], place) for place in places]
    return render_template("portal/manual.html", sections=sections, found=found, question=question)


@blueprint.get("/manual/<key>")
@audience(CUSTOMERS, DESK)
def section(key: str) -> ResponseReturnValue:
    sections = current_sections()
    shown = next((s for s in sections if s.key == key), None)
    if shown is None:
        return render_template("portal/manual.html", sections=sections, found=[], question=""), 404
    at = sections.index(shown)
    return render_template(
        "portal/section.html",
        section=shown,
        previous=sections[at - 1] if at else None,
        following=sections[at + 1] if at + 1 < len(sections) else None,
    )


@blueprint.get("/manual-places")
@audience(CUSTOMERS)
@limiter.limit("120 per minute")
def places() -> ResponseReturnValue:
    """Up to five places for what is being typed, as a fragment (R05). Never blocks sending."""
    sections = current_sections()
    question = request.args.get("subject", "").strip()[:300]
    by_key = {s.key: s for s in sections}
    found = find_places(question, current_index()) if len(question) > 2 else []
    return render_template("portal/_places.html", places=[by_key[place.key] for place in found])


@blueprint.post("/tickets/<reference>/contest")
@audience(CUSTOMERS)
def contest_answer(reference: str) -> ResponseReturnValue:
    ticket = ticket_for(signed_in(), reference, lock=True)
    contest(ticket, acting(), "")
    db.session.commit()
    flash(_("A person will look at it. You will be answered by mail."))
    return redirect(url_for("portal.ticket_page", reference=reference))


@blueprint.post("/tickets/<reference>/acceptance")
@audience(CUSTOMERS)
def accept_answer(reference: str) -> ResponseReturnValue:
    ticket = ticket_for(signed_in(), reference, lock=True)
    accept(ticket, acting())
    db.session.commit()
    flash(_("Thank you. We are glad it helped."))
    return redirect(url_for("portal.ticket_page", reference=reference))
