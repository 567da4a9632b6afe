"""How the desk looks and works for one person."""

from urllib.parse import parse_qsl

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from helpdesk.accounts.roles import DESK
from helpdesk.tickets.lists import TicketList
from helpdesk.tickets.words import COLUMN_WORDS
from helpdesk.web.access import audience, signed_in
from helpdesk.web.responding import done

blueprint = Blueprint("preferences", __name__, url_prefix="/desk/preferences")


@blueprint.post("/list")
@audience(DESK)
def keep_list() -> ResponseReturnValue:
    """Which columns a list has, and how high its rows are."""
    shown = request.form.getlist("column")
    hidden = [column for column in COLUMN_WORDS if column not in shown]
    user = signed_in()
    user.preferences = {**user.preferences, "hidden": hidden, "dense": bool(request.form.get("dense"))}
    words = dict(parse_qsl(request.form.get("here", "")[:2000]))
    listed = TicketList.read(words.get("list", ""), words)
    return done("", "desk.queues.page", view=listed.view.value, **listed.address())
