"""One change to many tickets: asked from a list, told ticket by ticket, undone, stopped."""

from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from helpdesk.accounts.roles import DESK
from helpdesk.calendar.models import current_calendar
from helpdesk.desk.bulk import BulkChange, Ticked, ask, ask_for_list, bulk_of, left_alone, outcomes, stop, undo
from helpdesk.errands import nudge
from helpdesk.extensions import db
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.lists import TicketList
from helpdesk.web.access import audience, signed_in
from helpdesk.web.bulk_words import summary

blueprint = Blueprint("bulk", __name__, url_prefix="/desk/changes")
LEFT_SHOWN = 200


@blueprint.post("")
@audience(DESK)
def change() -> ResponseReturnValue:
    """Change what is ticked, or the whole list, and go back to the list with the result."""
    form, user = request.form, signed_in()
    act = form.get("act", "")
    value = form.get(act, "")
    if act == "snooze" and form.get("until"):
        value = form.get("until", "")
    if form.get("all"):
        asked = ask_for_list(user, act, value, _list_of(form.get("here", "")), current_calendar().hours)
    else:
        ticked = [one for words in form.getlist("ticket") if (one := Ticked.read(words)) is not None]
        asked = ask(user, act, value, ticked)
    return _on(asked)


@blueprint.get("/<int:change_id>")
@audience(DESK)
def progress(change_id: int) -> ResponseReturnValue:
    """How far a change has come, and why tickets were left alone."""
    asked, user = bulk_of(signed_in(), change_id), signed_in()
    return render_template(
        "desk/bulk.html",
        asked=asked,
        told=outcomes(asked),
        left=left_alone(asked, LEFT_SHOWN),
        words=summary(asked),
        here=request.args.get("here", "")[:2000],
        back=_page_of(request.args.get("here", "")[:2000]),
        counts=count_views(user),
    )


@blueprint.post("/<int:change_id>/undoing")
@audience(DESK)
def take_back(change_id: int) -> ResponseReturnValue:
    return _on(undo(signed_in(), change_id))


@blueprint.post("/<int:change_id>/stop")
@audience(DESK)
def end(change_id: int) -> ResponseReturnValue:
    return _on(stop(signed_in(), change_id))


def _on(asked: BulkChange) -> ResponseReturnValue:
    """Committed; back to the list with what was done, or to the page of what is going on."""
    here, number = request.form.get("here", "")[:2000], asked.id
    over = asked.over
    db.session.commit()
    nudge()
    if not over:
        return redirect(url_for("desk.bulk.progress", change_id=number, here=here))
    return redirect(_page_of(here, told=number))


def _page_of(here: str, **more: Any) -> str:
    shown = _list_of(here)
    return url_for("desk.queues.page", view=shown.view.value, **shown.address(), **more)


def _list_of(here: str) -> TicketList:
    """The list that a form came from, by its address."""
    words = dict(parse_qsl(here))
    return TicketList.read(words.get("list", ""), words)
