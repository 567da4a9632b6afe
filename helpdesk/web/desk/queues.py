"""The agent's lists: views, narrowed and sorted, kept under a name."""

import json
import zlib
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk import clock
from helpdesk.accounts.roles import DESK, Role
from helpdesk.console.models import failing_credentials
from helpdesk.desk.bulk import bulk_of
from helpdesk.errors import NotFound, number
from helpdesk.extensions import db
from helpdesk.marking import word
from helpdesk.tickets.counts import Counts, count_views
from helpdesk.tickets.lists import TicketList, count_list, list_tickets, worded
from helpdesk.tickets.live import live_mark, new_since
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.narrowing import moment_of_page
from helpdesk.tickets.news import NewsWay, newest_unread, ways_of
from helpdesk.tickets.presence import present
from helpdesk.tickets.saved import remove_view, save_view
from helpdesk.tickets.teams import at_work
from helpdesk.tickets.views import View, capped
from helpdesk.tickets.words import NEWS_WORDS, VIEW_WORDS
from helpdesk.web.access import audience, signed_in
from helpdesk.web.bulk_words import BulkSummary, summary
from helpdesk.web.pages import language
from helpdesk.web.responding import done
from helpdesk.web.ticket_lists import choices

TOLD_AT_ONCE = 20
blueprint = Blueprint("queues", __name__, url_prefix="/desk")


@blueprint.get("/")
@blueprint.get("/queues/<view>")
@audience(DESK)
def page(view: str = "open") -> ResponseReturnValue:
    user, shown = signed_in(), TicketList.read(view, request.args)
    counts = count_views(user)
    hours = counts.calendar.hours
    rows, after = list_tickets(user, shown, hours, request.args.get("after"))
    kept = next((one for one in counts.kept if one.list == shown), None)
    return render_template(
        "desk/queue.html",
        name=kept.name if kept else _name(shown, counts),
        kept=kept,
        here=urlencode({"list": shown.view.value, **shown.address()}),
        told=_told(request.args.get("told")),
        failing=failing_credentials() if user.role == Role.supervisor else [],
        shown=shown,
        view=shown.view,
        counts=counts,
        count=_count(shown, counts),
        lines=worded(rows, hours, language(), kept=True),
        after=after,
        hours=hours,
        loaded=int(clock.now().timestamp() * 1000),
        choices=choices(),
        present=_present(),
    )


@blueprint.get("/live/<view>")
@audience(DESK)
def live(view: str) -> ResponseReturnValue:
    """What changed, for polling: 304 while nothing did, else counts and the number of new tickets."""
    response = Response(status=304)
    here = _present()
    mark = f"{live_mark(signed_in())}-{zlib.crc32(here.encode()):x}"
    if request.if_none_match.contains(mark):
        response.set_etag(mark)
        return response
    user, shown = signed_in(), TicketList.read(view, request.args)
    counts = count_views(user)
    fresh = new_since(user, shown, counts.calendar.hours, moment_of_page(request.args.get("loaded", "")))
    told = {one.value: count for one, count in counts.by_view.items()}
    told["news"] = str(counts.news or "")
    told |= {f"saved-{one.id}": one.count for one in counts.kept} | {one.code: one.count for one in counts.own}
    answer = jsonify(
        counts=told | {"shown": _count(shown, counts)}, fresh=fresh, present=json.loads(here), news=_news(counts)
    )
    answer.set_etag(mark)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@blueprint.post("/views")
@audience(DESK)
def keep() -> ResponseReturnValue:
    """Keep the list at hand under a name."""
    form = request.form
    shown = TicketList.read(form.get("list", ""), form)
    kept = save_view(signed_in(), form.get("name", ""), shown, shared=bool(form.get("shared")))
    return done(_("The view %(name)s is kept.", name=kept.name), "desk.queues.page", view=kept.view, **kept.words)


@blueprint.post("/views/<int:kept_id>/removal")
@audience(DESK)
def forget(kept_id: int) -> ResponseReturnValue:
    kept = remove_view(signed_in(), kept_id)
    return done(_("The view %(name)s is gone. No ticket changed.", name=kept.name), "desk.queues.page", view=kept.view)


def _news(counts: Counts) -> list[dict[str, str]]:
    """What this person's browser tells of, while they work."""
    user = signed_in()
    if not counts.news or not at_work(user.id, counts.calendar.hours, clock.now()):
        return []
    wanted = [one for one in reversed(newest_unread(user)) if NewsWay.browser in ways_of(user, one.kind)]
    return [
        {
            "key": str(one.id),
            "words": f"{one.reference} {word(NEWS_WORDS, one.kind.value)}",
            "url": url_for("desk.tickets.ticket_page", reference=one.reference),
        }
        for one in wanted[:TOLD_AT_ONCE]
    ]


def _present() -> str:
    """Who else is on which ticket, as JSON."""
    me = signed_in()
    others = present(me)
    if me.subcontractor_id is not None:
        # who is where is read from Redis, which knows no customers
        theirs = set(db.session.scalars(select(Ticket.reference).where(Ticket.reference.in_(others))))
        others = {reference: each for reference, each in others.items() if reference in theirs}
    return json.dumps({reference: [one.as_json() for one in each] for reference, each in sorted(others.items())})


def _told(asked: str | None) -> BulkSummary | None:
    """What became of the change that this list was returned to from."""
    chosen = number(asked)
    try:
        return summary(bulk_of(signed_in(), chosen)) if chosen is not None else None
    except NotFound:
        # a colleague was given the list's address
        return None


def _name(shown: TicketList, counts: Counts) -> str:
    """What a list is called: an own queue's is all open tickets, narrowed to it."""
    own = shown.narrowed.queue if shown.view == View.open else ""
    return counts.queue_word(own) if own else word(VIEW_WORDS, shown.view.value)


def _count(shown: TicketList, counts: Counts) -> str:
    """How many tickets the list at hand holds; closed ones are counted where they are narrowed."""
    if shown.narrowed:
        return capped(count_list(signed_in(), shown, counts.calendar.hours))
    return counts.by_view.get(shown.view, "")
