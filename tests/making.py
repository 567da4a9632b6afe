"""Tickets and alerts as tests need them, made by the product's own verbs."""

import re
from datetime import timedelta

from sqlalchemy import select

from helpdesk import clock
from helpdesk.accounts.models import User, digest
from helpdesk.actions.models import Action, ActionKind
from helpdesk.actions.proposing import Proposal, ProposedTarget, propose
from helpdesk.alerts.alert_events import AlertEvent
from helpdesk.alerts.completions import Completion
from helpdesk.alerts.models import Alert, alert_of
from helpdesk.alerts.placing import AlertMail, IncomingAlert
from helpdesk.alerts.reading import read_alert
from helpdesk.alerts.receiving import receive_alerts
from helpdesk.alerts.reporting import Telling, report
from helpdesk.audit.models import SYSTEM
from helpdesk.console.models import ConsoleList
from helpdesk.customers.models import Contact, Customer
from helpdesk.extensions import db
from helpdesk.files.models import store
from helpdesk.intake.receiving import receive_inquiry
from helpdesk.locking import unlocked
from helpdesk.manuals.models import ManualSection
from helpdesk.notices.models import Notice
from helpdesk.reports.making import made_now
from helpdesk.reports.models import MonthlyReport
from helpdesk.reports.months import ReportMonth
from helpdesk.reports.sending import send
from helpdesk.tickets.kinds import Channel, TicketKind, Verdict
from helpdesk.tickets.messages import Mailed, Message, Upload
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.opening import Opening
from helpdesk.tickets.waiting import ReopenLink
from helpdesk.triage.deciding import decide

SHA = "ab" * 32
TEXT = f"Computer: PC-1\nUser: u\nFile name: bad.exe\nSHA-256: {SHA}\nSeverity: High\nEvent Type: Threat Detected\n"


def an_inquiry(
    contact: Contact,
    subject: str = "許可リストの登録手順",
    body: str = "手順を教えてください。",
    *,
    files: list[Upload] | None = None,
) -> Ticket:
    ticket = receive_inquiry(
        contact.as_actor(),
        Opening(
            kind=TicketKind.inquiry,
            subject=subject,
            body=body,
            channel=Channel.portal,
            customer=contact.customer,
            requester=contact,
            files=files or [],
        ),
    )
    db.session.commit()
    return ticket


def an_incoming(customer: Customer | None, text: str = TEXT, *, subject: str = "alert") -> IncomingAlert:
    """What an alert mail with this text tells."""
    mail = AlertMail(subject, text, "no-reply@amp.cisco.com", Mailed(None, store(text.encode()), verified=False))
    return IncomingAlert(SYSTEM, customer, read_alert(subject, text), mail)


def an_alert(customer: Customer | None, text: str = TEXT, *, subject: str = "alert") -> Ticket:
    (ticket,) = receive_alerts([an_incoming(customer, text, subject=subject)])
    db.session.commit()
    return ticket


def reported(ticket: Ticket, agent: User, contact: Contact) -> Alert:
    alert = alert_of(ticket)
    report(agent, alert, Telling(contact, "ご報告いたします。"))
    db.session.commit()
    return alert


def a_list(customer: Customer, kind: str = "simple_custom_detections", guid: str = "guid-1") -> ConsoleList:
    row = ConsoleList(customer_id=customer.id, guid=guid, name="Quarantine list", kind=kind, seen_at=clock.now())
    db.session.add(row)
    db.session.commit()
    return row


def alert_events_of(alert: Alert) -> list[AlertEvent]:
    return list(db.session.scalars(select(AlertEvent).where(AlertEvent.alert_id == alert.id).order_by(AlertEvent.id)))


def completion_of(alert: Alert) -> Completion | None:
    return db.session.scalar(select(Completion).where(Completion.alert_id == alert.id))


def an_asked_action(agent: User, contact: Contact) -> Action:
    """A quarantine that the customer's person was asked about by mail; the alert was reported to them."""
    place = a_list(contact.customer)
    target = ProposedTarget(place.guid, place.name, ("PC-1",))
    alert = reported(an_alert(contact.customer), agent, contact)
    return propose(agent, alert, Proposal(ActionKind.quarantine, [target], reason="隔離に失敗したため"))


def an_answer(ticket: Ticket, by: User, sections: list[ManualSection]) -> str:
    """Answer an inquiry with places in the manual; returns the path of the link in its mail."""
    decision = decide(ticket, by, Verdict.manual_reference, "", answer="マニュアルの箇所です。", sections=sections)
    db.session.flush()
    message = db.session.get_one(Message, decision.message_id)
    assert message.notice is not None
    found = re.search(r"/answers/\S+", unlocked(message.notice.secret or b""))
    assert found is not None
    return found[0]


def a_reopen_link(ticket: Ticket) -> str:
    """The token of a link that opens this ticket again."""
    assert ticket.requester is not None
    link = ReopenLink(ticket_id=ticket.id, contact_id=ticket.requester.id, name="x", token_hash=digest("reopen"))
    link.expires_at = clock.now() + timedelta(days=1)
    db.session.add(link)
    db.session.commit()
    return "reopen"


def a_sent_report(customer: Customer, by: User) -> MonthlyReport:
    """Last month's report, approved and sent."""
    report = made_now(customer, ReportMonth.of(clock.now().date()).back(1))
    report.approve(by)
    send(report)
    db.session.commit()
    return report


def link_in(notice: Notice) -> str:
    """Where the link of a mail to decide leads to; the stored text has a mark instead."""
    found = re.search(r"/decisions/\S+", unlocked(notice.secret or b""))
    assert found is not None
    return found[0]
