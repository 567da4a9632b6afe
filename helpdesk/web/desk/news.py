"""What an agent is told of, and how they want to be."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.roles import DESK
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.news import NewsKind, NewsWay, follow, newest_unread, read_all, unfollow, ways_of
from helpdesk.tickets.queues import SIGNATURE_MAX
from helpdesk.tickets.visibility import ticket_for
from helpdesk.tickets.words import AFTER_WORDS
from helpdesk.web.access import audience, signed_in
from helpdesk.web.responding import done, ticket_done

blueprint = Blueprint("news", __name__, url_prefix="/desk")


@blueprint.get("/news")
@audience(DESK)
def page() -> ResponseReturnValue:
    user = signed_in()
    ways = {kind.value: ways_of(user, kind) for kind in NewsKind}
    return render_template("desk/news.html", news=newest_unread(user), ways=ways, counts=count_views(user))


@blueprint.post("/news/reading")
@audience(DESK)
def read() -> ResponseReturnValue:
    read_all(signed_in())
    return done(_("Everything is read."), "desk.news.page")


@blueprint.post("/news/settings")
@audience(DESK)
def settings() -> ResponseReturnValue:
    """How this person is told of what, and whether single keys act."""
    user, known = signed_in(), set(NewsWay)
    told = {kind.value: [way for way in request.form.getlist(kind.value) if way in known] for kind in NewsKind}
    after = request.form.get("after", "")
    chosen: dict[str, Any] = {"told": told, "keys_off": not request.form.get("keys")}
    chosen["signature"] = request.form.get("signature", "").replace("\x00", "").strip()[:SIGNATURE_MAX]
    user.preferences = {**user.preferences, **chosen, "after": after if after in AFTER_WORDS else "stay"}
    return done(_("Your settings are kept."), "desk.news.page")


@blueprint.post("/tickets/<reference>/followers")
@audience(DESK)
def toggle(reference: str) -> ResponseReturnValue:
    """Follow a ticket, or no longer."""
    user, ticket = signed_in(), ticket_for(signed_in(), reference)
    if request.form.get("follow"):
        follow(user, ticket.id)
    else:
        unfollow(user, ticket.id)
    return ticket_done(ticket.reference)
