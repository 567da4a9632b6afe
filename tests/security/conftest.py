"""What the whole table of routes is tried with."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from helpdesk import clock
from helpdesk.accounts.import_runs import ask_for_import
from helpdesk.accounts.importing import ImportPlan
from helpdesk.accounts.links import issue_link
from helpdesk.accounts.models import LinkPurpose
from helpdesk.accounts.subcontractors import add_subcontractor
from helpdesk.actions.instructions import make_link
from helpdesk.actions.models import ActionKind
from helpdesk.actions.proposing import Proposal, ProposedTarget, propose
from helpdesk.audit.models import SYSTEM
from helpdesk.customers.alert_addresses import add_alert_address
from helpdesk.customers.changes import keep_change
from helpdesk.customers.people import add_contact
from helpdesk.desk.bulk import Ticked, ask
from helpdesk.extensions import db
from helpdesk.files.keeping import Chosen, keep, kept_rows
from helpdesk.mailgate.ledger import Arrival, accept
from helpdesk.manuals.jobs import import_manual
from helpdesk.manuals.models import contents_of
from helpdesk.notices.models import Notice
from helpdesk.tickets.checklists import ChecklistItem, add_lines, save_template
from helpdesk.tickets.kinds import TicketKind
from helpdesk.tickets.lists import TicketList
from helpdesk.tickets.macros import MacroWords, save_macro
from helpdesk.tickets.messages import Attachment, Message, Upload
from helpdesk.tickets.queues import make_queue
from helpdesk.tickets.saved import save_view
from helpdesk.tickets.sendings import ReplyWords, ask_to_send
from helpdesk.tickets.teams import make_team
from helpdesk.triage.models import ScopeRule
from tests.conftest import Cast
from tests.making import (
    a_list,
    a_reopen_link,
    a_sent_report,
    alert_events_of,
    an_alert,
    an_answer,
    an_inquiry,
    reported,
)
from tests.manuals.files import a_pdf, an_import, queued
from tests.security.announcement_rows import announcement_urls
from tests.security.contract_rows import contract_urls
from tests.security.privacy_rows import privacy_urls


@pytest.fixture
def urls(cast: Cast) -> Iterator[dict[str, str]]:
    """Values for every URL rule's arguments, of objects that belong to Alice at Acme."""
    inquiry = an_inquiry(cast.contact("alice"), files=[Upload("a.txt", b"a")])
    alert = an_alert(cast.acme)
    told = reported(alert, cast.user("dana"), cast.contact("alice"))
    place = a_list(cast.acme)
    proposal = Proposal(ActionKind.quarantine, [ProposedTarget(place.guid, place.name)])
    action = propose(cast.user("dana"), told, proposal)
    decision = make_link(action, cast.contact("alice"), action.asked_at + timedelta(days=1))
    event = alert_events_of(told)[0]
    attachment = db.session.scalars(db.select(Attachment)).one()
    mail = db.session.scalars(db.select(Message).where(Message.raw_sha256.is_not(None))).first()
    rule = db.session.scalars(db.select(ScopeRule)).first()
    assert mail is not None and rule is not None
    (mail_id,) = accept([Arrival(b"Subject: x\r\n\r\ny", "x@y.example", ["support@desk.example"])])
    token = issue_link(cast.user("alice"), LinkPurpose.reset)
    reading = an_import(cast.user("erin"), a_pdf())
    import_manual(reading.id, queued(reading))
    assert reading.manual is not None
    reading.manual.publish(cast.user("erin").actor())
    other = an_inquiry(cast.contact("alice"), "検出の一覧の見方")
    answer = an_answer(other, cast.user("dana"), contents_of([reading.manual.id])[:1])
    report = a_sent_report(cast.acme, cast.user("erin"))
    changed = ask(cast.user("dana"), "priority", "high", [Ticked(other.reference, other.version)])
    add_lines(inquiry, cast.user("dana").actor(), ["確認する"])
    template = save_template(cast.user("erin").actor(), "一次対応", TicketKind.inquiry, ["確認する"])
    kept = save_view(cast.user("dana"), "高", TicketList(), shared=True)
    keep(cast.user("dana").id, "reply:x", [Chosen("a.txt", b"a", "text/plain")])
    sending = ask_to_send(inquiry, cast.user("dana"), ReplyWords("待つ返信", at=clock.now() + timedelta(days=1)))
    macro = save_macro(None, cast.user("erin").actor(), MacroWords("試しの返信", "本文"))
    erin = cast.user("erin").actor()
    team, queue = make_team(erin, "夜番"), make_queue(erin, "グローブ", "Globe")
    db.session.commit()
    yield {
        "report_id": str(report.id),
        "change_id": str(changed.id),
        "item_id": str(db.session.scalars(db.select(ChecklistItem.id)).first()),
        "template_id": str(template.id),
        "kept_id": str(kept.id),
        "month": str(report.of_month),
        "form": "pdf",
        "reference": inquiry.reference,
        "alert": alert.reference,
        "action_reference": action.reference,
        "event_id": str(event.id),
        "decision": decision,
        "key": attachment.key,
        "message_id": str(mail.id),
        "mail_id": str(mail_id),
        "notice_id": str(db.session.scalars(db.select(Notice.id)).first()),
        "rule_id": str(rule.id),
        "customer_id": str(cast.acme.id),
        "contact_id": str(add_contact(SYSTEM, cast.acme, name="控え", email="spare@acme.example").id),
        "colleague": str(add_contact(SYSTEM, cast.acme, name="同僚", email="colleague@acme.example").id),
        "leaver": str(add_contact(SYSTEM, cast.acme, name="退職", email="leaver@acme.example").id),
        "signing_in": str(cast.contact("carol").id),
        "told_id": str(keep_change(SYSTEM, cast.contact("carol"), {}, {"name": "x"}, by_customer=True).id),
        "address_id": str(add_alert_address(SYSTEM, cast.acme, "alerts+one@desk.example").id),
        "moved_id": str(add_alert_address(SYSTEM, cast.acme, "alerts+two@desk.example").id),
        "subcontractor_id": str(add_subcontractor(SYSTEM, "別の委託先", None).id),
        "sha256": "a-logo",
        "reseller_id": str(cast.acme.reseller_id),
        "other_customer": str(cast.contact("charlie").customer_id),
        "user_id": str(cast.user("sato").id),
        "token": token,
        "answer": answer.rpartition("/")[2],
        "place": "1",
        "queue": "inquiries",
        "reopening": a_reopen_link(other),
        "day": "2026-11-25",
        "view": "open",
        "since": "0",
        "version": "1",
        "verdict": "in_scope",
        "language": "ja",
        "section": "login",
        "file_id": str(kept_rows(cast.user("dana").id, "reply:x")[0].id),
        "macro_id": str(macro.id),
        "sending_id": str(sending.id),
        "team_id": str(team.id),
        "queue_id": str(queue.id),
        "manual_id": str(reading.manual_id),
        "import_id": str(reading.id),
        "section_id": str(contents_of([reading.manual_id or 0])[0].id),
        **contract_urls(cast.acme),
        **announcement_urls(),
        **privacy_urls(cast.contact("alice")),
        "run_id": str(ask_for_import(cast.user("root"), "t.csv", b"a", ImportPlan([])).id),
    }
