"""Announcements on a page that anybody reads (12-5); who is signed in as a customer sees theirs as well (R64)."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from helpdesk.accounts.roles import Role
from helpdesk.announcements.models import SHOWN, Announcement, published_for, shown_to
from helpdesk.articles import html_of_article
from helpdesk.customers.models import Customer
from helpdesk.extensions import db
from helpdesk.web.access import audience

blueprint = Blueprint("announcements", __name__)
blueprint.add_app_template_filter(html_of_article, "article")
STAFF = {Role.agent, Role.supervisor, Role.administrator}
"""Ours: a subcontractor's people read what is for everybody."""


@blueprint.app_template_global("announcements_now")
def announcements_now() -> list[Announcement]:
    """What stands above the portal's pages for the customer of this request."""
    customer = _customer()
    return list(shown_to(customer)) if customer is not None else []


@blueprint.get("/announcements")
@audience()
def overview() -> ResponseReturnValue:
    rows = db.session.scalars(published_for(_customer()).limit(SHOWN)).all()
    return render_template("public/announcements.html", rows=rows)


@blueprint.get("/announcements/<int:announcement_id>")
@audience()
def page(announcement_id: int) -> ResponseReturnValue:
    """One of them; of those that are for some, only to whom it is for, and to staff: the others sign in first."""
    found = db.session.scalar(published_for(_customer()).where(Announcement.id == announcement_id))
    if found is None and current_user.is_authenticated and current_user.role in STAFF:
        found = db.session.get(Announcement, announcement_id)
    if found is None and not current_user.is_authenticated and _is_out(announcement_id):
        return redirect(url_for("public.accounts.sign_in_form", next=request.path))
    if found is None or found.published_at is None or found.withdrawn_at is not None:
        abort(404)
    return render_template("public/announcement.html", one=found)


def _is_out(announcement_id: int) -> bool:
    one = db.session.get(Announcement, announcement_id)
    return one is not None and one.published_at is not None and one.withdrawn_at is None


def _customer() -> Customer | None:
    return current_user.customer if current_user.is_authenticated else None
