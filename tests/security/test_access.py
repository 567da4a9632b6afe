"""Role x tenant x every URL rule, generated from app.url_map: a route without a row fails (security.md, Access).

A row names the people who get through. Others of the customers' side who may open such pages at all, but not
this object, get 404; those whose role has no business there get 403; strangers are asked to sign in.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from helpdesk.accounts.models import LinkPurpose, issue_link
from helpdesk.actions.instructions import make_link
from helpdesk.actions.models import ActionKind
from helpdesk.actions.proposing import Proposal, ProposedTarget, propose
from helpdesk.audit.models import SYSTEM
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.models import Contract
from helpdesk.customers.models import add_contact
from helpdesk.extensions import db, limiter
from helpdesk.mailgate.ledger import Arrival, accept
from helpdesk.manuals.jobs import import_manual
from helpdesk.manuals.models import contents_of
from helpdesk.tickets.messages import Attachment, Message, Upload
from helpdesk.triage.models import ScopeRule
from helpdesk.web.access import audience_of
from tests.conftest import Cast, Person
from tests.making import a_list, alert_events_of, an_alert, an_inquiry, reported
from tests.manuals.files import a_pdf, an_import, queued

EVERYBODY = "public"
DESK = {"dana", "erin"}
OWN = {"alice", "bob"}
CUSTOMERS = {"alice", "bob", "carol", "charlie"}
PEOPLE = ["alice", "bob", "carol", "charlie", "dana", "erin", "root"]

ROWS: dict[str, set[str] | str] = {
    "accounts.start": EVERYBODY,
    "accounts.sign_in_form": EVERYBODY,
    "accounts.sign_in_now": EVERYBODY,
    "accounts.sign_out": EVERYBODY,
    "accounts.reset_form": EVERYBODY,
    "accounts.reset": EVERYBODY,
    "accounts.password_form": EVERYBODY,
    "accounts.set_password": EVERYBODY,
    "accounts.set_language": EVERYBODY,
    "accounts.account": set(PEOPLE),
    "accounts.change_password": set(PEOPLE),
    "ops.health": EVERYBODY,
    "ops.metrics": EVERYBODY,
    "mails.ledger_page": {"erin"},
    "mails.mail_page": DESK,
    "mails.file_mail": DESK,
    "mails.framed": DESK,
    "customers.set_mail_charset": {"root"},
    "customers.customer_list": {"root"},
    "customers.create_customer": {"root"},
    "customers.customer_page": {"root"},
    "contacts.create_contact": {"root"},
    "contacts.toggle_alert_contact": {"root"},
    "contacts.close_contact": {"root"},
    "contacts.reopen_contact": {"root"},
    "customers.create_alert_address": {"root"},
    "customers.create_contract": {"root"},
    "customers.store_credential": {"root"},
    "customers.test_credential": {"root"},
    "users.user_list": {"root"},
    "users.create_staff": {"root"},
    "users.send_invitation": {"root"},
    "users.deactivate": {"root"},
    "users.activate": {"root"},
    "calendar.calendar_page": {"erin"},
    "calendar.add_closing_days": {"erin"},
    "calendar.remove_closing_day": {"erin"},
    "calendar.set_exceptional_hours": {"erin"},
    "calendar.remove_exceptional_hours": {"erin"},
    "desk.queue_page": DESK,
    "desk.live": DESK,
    "desk.ticket_page": DESK,
    "desk.ticket_live": DESK,
    "desk.send_reply": DESK,
    "desk.write_note": DESK,
    "desk.keep_draft": DESK,
    "desk.assign": DESK,
    "desk.set_priority": DESK,
    "desk.move": DESK,
    "desk.close": DESK,
    "desk.reopen": DESK,
    "desk.match": DESK,
    "desk.set_requester": DESK,
    "customers.end_contract": {"root"},
    "desk.attachment": DESK,
    "desk.original": DESK,
    "triage.phone_form": DESK,
    "triage.record_call": DESK,
    "triage.decision_form": DESK,
    "triage.decide_now": DESK,
    "alerts.report_form": DESK,
    "alerts.report": DESK,
    "actions.action_page": DESK,
    "actions.create": DESK,
    "actions.withdraw": DESK,
    "actions.stop": DESK,
    "alerts.vouch": DESK,
    "alerts.name_file": DESK,
    "alerts.confirm_computer": DESK,
    "actions.retry": DESK,
    "actions.undo": DESK,
    "portal.home": CUSTOMERS,
    "portal.ticket_list": CUSTOMERS,
    "portal.new_form": CUSTOMERS,
    "portal.keep_draft": CUSTOMERS,
    "portal.create": CUSTOMERS,
    "portal.received": OWN,
    "portal.ticket_page": OWN,
    "portal.write": OWN,
    "portal.close": OWN,
    "portal.attachment": OWN,
    "manual.contents": CUSTOMERS | DESK,
    "search.results": DESK,
    "portal_search.results": CUSTOMERS,
    "manual.section": CUSTOMERS | DESK,
    "manual.places": CUSTOMERS,
    "manual.opened": CUSTOMERS,
    "manual.original": CUSTOMERS | DESK,
    "tuning.overview": {"erin"},
    "tuning.rule_list": {"erin"},
    "tuning.new_rule": {"erin"},
    "tuning.create_rule": {"erin"},
    "tuning.rule_form": {"erin"},
    "tuning.change_rule": {"erin"},
    "tuning.template_list": {"erin"},
    "tuning.template_form": {"erin"},
    "tuning.change_template": {"erin"},
    "customers.set_auto_answer": {"root"},
    "triage.decide_as_suggested": DESK,
    "manuals.overview": {"erin"},
    "manuals.start_import": {"erin"},
    "manuals.import_page": {"erin"},
    "manuals.progress": {"erin"},
    "manuals.import_again": {"erin"},
    "manuals.manual_page": {"erin"},
    "manuals.publish": {"erin"},
    "manuals.withdraw": {"erin"},
    "manuals.drop": {"erin"},
    "manuals.section_form": {"erin"},
    "manuals.change_words": {"erin"},
    "manual.contest_answer": OWN,
    "manual.accept_answer": OWN,
    "alerts.events": DESK,
    "alerts.edit_findings": DESK,
    "alerts.look_up": DESK,
    "alerts.split_off": DESK,
    "alerts.merge_into": DESK,
    "alerts.unmatch": DESK,
    "supervision.page": {"erin"},
    "actions.review": {"erin"},
    "actions.record_call": DESK,
    "actions.ask_again": DESK,
    "actions.by_hand": DESK,
    "actions.reveal_login": DESK,
    "decisions.decide": OWN,
    "decisions.link_page": EVERYBODY,
    "decisions.decide_by_link": EVERYBODY,
    "proofs.page": DESK | OWN,
    "proofs.signed_file": DESK | OWN,
    "proofs.pdf": DESK | OWN,
    "proofs.keys": EVERYBODY,
    "connection.connection": {"bob"},
    "connection.report_key": {"bob"},
    "connection.report_login": {"bob"},
    "customers.set_handling": {"root"},
    "customers.name_allow_list": {"root"},
    "users.toggle_reveal": {"root"},
}


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
    db.session.commit()
    yield {
        "reference": inquiry.reference,
        "alert": alert.reference,
        "action_reference": action.reference,
        "event_id": str(event.id),
        "decision": decision,
        "key": attachment.key,
        "message_id": str(mail.id),
        "mail_id": str(mail_id),
        "rule_id": str(rule.id),
        "customer_id": str(cast.acme.id),
        "contract_id": str(db.session.scalars(db.select(Contract)).first().id),
        "contact_id": str(add_contact(SYSTEM, cast.acme, name="控え", email="spare@acme.example").id),
        "user_id": str(cast.user("sato").id),
        "token": token,
        "day": "2026-11-25",
        "view": "open",
        "since": "0",
        "version": "1",
        "verdict": "in_scope",
        "language": "ja",
        "section": "login",
        "manual_id": str(reading.manual_id),
        "import_id": str(reading.id),
        "section_id": str(contents_of([reading.manual_id or 0])[0].id),
    }


def addresses(app: Flask, urls: dict[str, str]) -> list[tuple[str, str, str]]:
    """(endpoint, method, URL) of every rule."""
    found = []
    for rule in app.url_map.iter_rules():
        values = dict(urls)
        if rule.endpoint == "manual.section":
            values["key"] = "application-allow"
        if rule.endpoint in ("tuning.template_form", "tuning.change_template"):
            values |= {"verdict": "out_of_scope", "language": "ja"}
        if rule.endpoint.startswith(("alerts.", "actions.", "decisions.", "proofs.", "desk.original", "mails.framed")):
            values |= {"reference": urls["alert"], "token": urls["decision"]}
        url = rule.rule
        for name in rule.arguments:
            for pattern in (f"<{name}>", f"<int:{name}>", f"<path:{name}>"):
                url = url.replace(pattern, values[name])
        found += [(rule.endpoint, method, url) for method in sorted((rule.methods or set()) & {"GET", "POST"})]
    return found


def test_every_route_has_a_row_and_a_declared_audience(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints == set(ROWS)
    with app.test_request_context():
        for endpoint in endpoints:
            declared = audience_of(endpoint)
            assert declared is not None, endpoint
            assert (declared == frozenset()) == (ROWS[endpoint] == EVERYBODY), endpoint


def visit(person: Person, method: str, url: str) -> int:
    limiter.reset()
    return (person.get(url) if method == "GET" else person.post(url)).status_code


def test_the_whole_table(app: Flask, cast: Cast, urls: dict[str, str], visitor: Person) -> None:
    wrong = []
    people = {name: cast.signed_in(cast.user(name)) for name in PEOPLE}
    for endpoint, method, url in addresses(app, urls):
        row = ROWS[endpoint]
        status = visit(visitor, method, url)
        if row == EVERYBODY:
            if status in (401, 403, 404) and endpoint != "ops.metrics":
                wrong.append(("visitor", endpoint, status))
            continue
        if status != (302 if method == "GET" and "live" not in endpoint else 401):
            wrong.append(("visitor", endpoint, status))
        with app.test_request_context():
            audience = audience_of(endpoint) or frozenset()
        for name, person in people.items():
            db.session.rollback()
            status = visit(person, method, url)
            expected = expected_of(name, endpoint, cast.user(name).role in audience)
            if not matches(status, expected, endpoint):
                wrong.append((name, f"{method} {endpoint}", status))
    assert not wrong


def expected_of(name: str, endpoint: str, role_may: bool) -> str:
    if name in ROWS[endpoint]:
        return "through"
    return "404" if role_may else "403"


def matches(status: int, expected: str, endpoint: str) -> bool:
    """Objects that this setting lacks, such as an action, are 404 for those who get through to their ticket."""
    if expected != "through":
        return str(status) == expected
    lacking = ("mails.framed", "alerts.merge_into")
    return status not in (401, 403, 404, 500) or (endpoint in lacking and status == 404)


def test_a_foreign_reference_looks_exactly_like_a_missing_one(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    charlie = cast.charlie
    foreign = charlie.get(f"/portal/tickets/{ticket.reference}")
    missing = charlie.get("/portal/tickets/9999-9999")
    assert foreign.status_code == missing.status_code == 404
    clean = [page.text.split("E-")[0] for page in (foreign, missing)]
    assert clean[0] == clean[1]


def test_a_right_that_is_taken_away_is_gone_at_the_next_request(cast: Cast) -> None:
    alert, alice = an_alert(cast.acme), cast.alice
    url = f"/portal/tickets/{alert.reference}"
    assert alice.get(url).status_code == 200
    cast.root.post(f"/admin/customers/{cast.acme.id}/contacts/{cast.contact('alice').id}/alerts")
    assert alice.get(url).status_code == 404
    cast.root.post(f"/admin/users/{cast.user('alice').id}/deactivation")
    assert alice.get("/portal/").status_code == 302
    assert current_calendar().version
