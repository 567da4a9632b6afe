"""What is to be done on a ticket, and the templates of such lists, which supervisors keep."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.roles import DESK, Role
from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import db
from helpdesk.tickets.checklists import (
    ChecklistTemplate,
    add_lines,
    all_templates,
    check_off,
    read_lines,
    remove_line,
    remove_template,
    save_template,
)
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.kinds import TicketKind
from helpdesk.tickets.queues import queue_to_move_to
from helpdesk.tickets.visibility import ticket_for
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.responding import done, ticket_done

blueprint = Blueprint("checklists", __name__, url_prefix="/desk")


@blueprint.post("/tickets/<reference>/checklist")
@audience(DESK)
def add(reference: str) -> ResponseReturnValue:
    """Lines that were written, or those of a template."""
    ticket, chosen = ticket_for(signed_in(), reference, lock=True), request.form.get("template", "")
    if chosen:
        template = db.session.get(ChecklistTemplate, int(chosen)) if chosen.isdecimal() and len(chosen) < 10 else None
        if template is None or template.kind != ticket.kind or template.queue not in (None, ticket.queue):
            raise NotFound
        add_lines(ticket, acting(), template.lines)
    else:
        add_lines(ticket, acting(), read_lines(request.form.get("lines", "")))
    return ticket_done(reference)


@blueprint.post("/tickets/<reference>/checklist/<int:item_id>")
@audience(DESK)
def check(reference: str, item_id: int) -> ResponseReturnValue:
    """Done, not done after all, or taken off."""
    ticket = ticket_for(signed_in(), reference, lock=True)
    if request.form.get("act") == "remove":
        remove_line(ticket, item_id)
    else:
        check_off(ticket, acting(), item_id, done=request.form.get("act") == "done")
    return ticket_done(reference)


@blueprint.get("/checklists")
@audience(Role.supervisor)
def templates() -> ResponseReturnValue:
    return render_template("desk/checklists.html", templates=all_templates(), counts=count_views(signed_in()))


@blueprint.post("/checklists")
@audience(Role.supervisor)
def save() -> ResponseReturnValue:
    kind, queue = request.form.get("kind", ""), request.form.get("queue", "").replace("\x00", "")
    if kind not in TicketKind.__members__:
        raise Refusal(_("Choose one of the given values."))
    code = queue_to_move_to(queue).code if queue else None
    lines = read_lines(request.form.get("lines", ""))
    kept = save_template(acting(), request.form.get("name", ""), TicketKind(kind), lines, queue=code)
    return done(_("The list %(name)s is kept.", name=kept.name), "desk.checklists.templates")


@blueprint.post("/checklists/<int:template_id>/removal")
@audience(Role.supervisor)
def remove(template_id: int) -> ResponseReturnValue:
    remove_template(acting(), template_id)
    return done(_("The list is gone. Tickets keep their lines."), "desk.checklists.templates")
