"""Notices under the terms, changes they ask for, licence counts: recorded and seen to (R53, R54, R57)."""

from typing import Any

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk.accounts.roles import DESK, Role
from helpdesk.calendar.hours import midnight
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.applications import RefusalGround
from helpdesk.contracts.changes import PlanChange
from helpdesk.contracts.contract_notices import (
    ContractNotice,
    ContractNoticeKind,
    NoticeWay,
    NoticeWords,
    notice_of_ticket,
)
from helpdesk.contracts.counts import LicenceCount, count_licences, tell_difference
from helpdesk.contracts.filing import file_notice
from helpdesk.contracts.life import contract_now, today
from helpdesk.customers.models import Customer
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.tickets.kinds import Channel, TicketKind
from helpdesk.tickets.messages import Message, MessageKind
from helpdesk.tickets.visibility import ticket_for
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.contract_page import acted, contract_done
from helpdesk.web.responding import ticket_done

blueprint = Blueprint("contract_notices", __name__, url_prefix="/desk")
WHO = (Role.supervisor, Role.administrator)
ITS = "/contracts/<int:customer_id>"
WAYS = {Channel.portal: NoticeWay.portal, Channel.mail: NoticeWay.mail, Channel.phone: NoticeWay.phone}


@blueprint.post("/tickets/<reference>/contract-notice")
@audience(DESK)
def from_ticket(reference: str) -> ResponseReturnValue:
    """Make what a customer wrote into a notice that counts from when it came (V1)."""
    ticket = ticket_for(signed_in(), reference, lock=True)
    kind = request.form.get("kind", "")
    if signed_in().subcontractor_id is not None:
        abort(404)
    if ticket.customer is None or ticket.kind == TicketKind.alert:
        raise Refusal(_("Only what a customer wrote themselves is a notice: match the ticket first."))
    if ticket.failed_check or not ticket.verified:
        raise Refusal(_("Who sent this is not sure: ask the customer first, and record it on the contract's page."))
    if kind not in ContractNoticeKind.__members__ or kind == ContractNoticeKind.change:
        raise Refusal(_("Choose the kind of the notice. A change of the plan is recorded on the contract's page."))
    if notice_of_ticket(ticket.id) is not None:
        raise Refusal(_("This ticket is a notice already."))
    first = select(Message.body).where(Message.ticket_id == ticket.id, Message.kind == MessageKind.customer)
    words = NoticeWords(
        ContractNoticeKind(kind),
        words=f"{ticket.subject}\n\n{db.session.scalar(first.order_by(Message.id).limit(1)) or ''}",
        way=WAYS.get(ticket.channel, NoticeWay.mail),
        contact=ticket.requester,
        from_name=ticket.caller or ticket.sender or "",
        arrived_at=ticket.opened_at,
        ticket_id=ticket.id,
    )
    file_notice(acting(), ticket.customer, words)
    ticket.touch()
    return ticket_done(
        reference, _("It is a notice now, with the arrival of this ticket; the customer gets a receipt.")
    )


@blueprint.post(f"{ITS}/notices")
@audience(*WHO)
def record_notice(customer_id: int) -> ResponseReturnValue:
    """A notice that came by mail, phone or letter; the day of its arrival counts (11-2)."""
    customer = db.get_or_404(Customer, customer_id)

    def act(form: Any) -> Any:
        if form.arrived_on.data > today():
            raise Refusal(_("Nothing arrives on a day to come."), field="arrived_on")
        words = NoticeWords(
            ContractNoticeKind(form.kind.data),
            words=form.words.data or "",
            wanted={"plan": form.plan.data or "", "clients": form.clients.data or 0},
            way=NoticeWay(form.way.data),
            from_name=form.from_name.data,
            arrived_at=midnight(form.arrived_on.data, current_calendar().hours.zone),
        )
        file_notice(acting(), customer, words)
        return _("The notice is on record; the customer gets a receipt that says what follows.")

    return acted(customer, "notice", act)


@blueprint.post(f"{ITS}/notices/<int:given_id>/confirmation")
@audience(*WHO)
def confirm(customer_id: int, given_id: int) -> ResponseReturnValue:
    customer, notice = db.get_or_404(Customer, customer_id), _notice(customer_id, given_id)

    def act(form: Any) -> Any:
        notice.confirm(acting(), form.words.data or "")
        return _("The notice was seen to.")

    return acted(customer, "confirm", act, str(given_id))


@blueprint.post(f"{ITS}/notices/<int:given_id>/withdrawal")
@audience(*WHO)
def take_back(customer_id: int, given_id: int) -> ResponseReturnValue:
    customer, notice = db.get_or_404(Customer, customer_id), _notice(customer_id, given_id)

    def act(form: Any) -> Any:
        notice.take_back(acting(), form.words.data)
        return _("The notice was taken back; what followed from it is undone.")

    return acted(customer, "takeback", act, str(given_id))


@blueprint.post(f"{ITS}/notices/<int:given_id>/arrival")
@audience(*WHO)
def correct_arrival(customer_id: int, given_id: int) -> ResponseReturnValue:
    customer, notice = db.get_or_404(Customer, customer_id), _notice(customer_id, given_id)

    def act(form: Any) -> Any:
        notice.correct_arrival(acting(), form.arrived_on.data, form.reason.data)
        return _("The arrival was corrected; what follows was counted anew.")

    return acted(customer, "arrival", act, str(given_id))


@blueprint.post(f"{ITS}/changes/<int:asked_id>/formation")
@audience(*WHO)
def form_change(customer_id: int, asked_id: int) -> ResponseReturnValue:
    """Our notice forms the change (3-5)."""
    _change(customer_id, asked_id).form(acting())
    return contract_done(customer_id, _("The change is formed; the customer is told by mail."))


@blueprint.post(f"{ITS}/changes/<int:asked_id>/refusal")
@audience(*WHO)
def refuse_change(customer_id: int, asked_id: int) -> ResponseReturnValue:
    customer, change = db.get_or_404(Customer, customer_id), _change(customer_id, asked_id)

    def act(form: Any) -> Any:
        change.refuse(acting(), RefusalGround(form.ground.data), form.words.data)
        return _("The change was refused; the ground is on record.")

    return acted(customer, "decline", act, str(asked_id))


@blueprint.post(f"{ITS}/counts")
@audience(*WHO)
def count(customer_id: int) -> ResponseReturnValue:
    """How many licences the dashboard shows (13-3)."""
    customer, contract = db.get_or_404(Customer, customer_id), contract_now(customer_id)
    if contract is None:
        abort(404)

    def act(form: Any) -> Any:
        if form.counted_on.data > today():
            raise Refusal(_("Nobody saw it on a day to come."), field="counted_on")
        count_licences(acting(), contract, form.licences.data, form.counted_on.data)
        return _("The count is on record.")

    return acted(customer, "count", act)


@blueprint.post(f"{ITS}/counts/<int:count_id>/notice")
@audience(*WHO)
def tell_count(customer_id: int, count_id: int) -> ResponseReturnValue:
    """The notice of 13-3."""
    row = db.get_or_404(LicenceCount, count_id)
    if row.customer_id != customer_id:
        abort(404)
    tell_difference(acting(), row)
    return contract_done(customer_id, _("The customer is told of the difference by mail."))


def _notice(customer_id: int, given_id: int) -> ContractNotice:
    notice = db.session.get(ContractNotice, given_id, with_for_update=True)
    if notice is None or notice.customer_id != customer_id:
        abort(404)
    return notice


def _change(customer_id: int, asked_id: int) -> PlanChange:
    change = db.session.get(PlanChange, asked_id, with_for_update=True)
    if change is None or change.customer_id != customer_id:
        abort(404)
    return change
