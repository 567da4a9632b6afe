"""Role x tenant x every URL rule, generated from app.url_map: a route without a row fails.

A row names the people who get through. Others of the customers' side who may open such pages at all, but not
this object, get 404; those whose role has no business there get 403; strangers are asked to sign in.
"""

import re

from flask import Flask

from helpdesk.audit.models import SYSTEM
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Way
from helpdesk.extensions import db, limiter
from helpdesk.manuals.models import section_of_key
from helpdesk.web.access import audience_of
from tests.conftest import Cast, Person
from tests.making import an_alert, an_inquiry
from tests.security.announcement_rows import ANNOUNCEMENT_ROWS
from tests.security.contract_rows import CONTRACT_ROWS
from tests.security.privacy_rows import PRIVACY_ROWS

EVERYBODY = "public"
STAFF = {"dana", "erin"}
DESK = STAFF | {"nao"}
OWN = {"alice", "bob"}
CUSTOMERS = {"alice", "bob", "carol", "charlie"}
PEOPLE = ["alice", "bob", "carol", "charlie", "rina", "nao", "dana", "erin", "root"]

ROWS: dict[str, set[str] | str] = {
    "public.reopening.page": EVERYBODY,
    "public.reopening.reopen": EVERYBODY,
    "desk.teams.page": {"erin"},
    "desk.teams.add_team": {"erin"},
    "desk.teams.add_queue": {"erin"},
    "desk.teams.team_page": {"erin"},
    "desk.teams.change": {"erin"},
    "desk.teams.remove": {"erin"},
    "desk.teams.queue_page": {"erin"},
    "desk.teams.change_settings": {"erin"},
    "desk.teams.begin": {"erin"},
    "desk.teams.close": {"erin"},
    "public.answers.page": EVERYBODY,
    "public.answers.place": EVERYBODY,
    "public.answers.original": EVERYBODY,
    "public.answers.contest_answer": EVERYBODY,
    "public.answers.accept_answer": EVERYBODY,
    "public.accounts.start": EVERYBODY,
    "public.accounts.sign_in_form": EVERYBODY,
    "public.accounts.sign_in_now": EVERYBODY,
    "public.accounts.sign_out": EVERYBODY,
    "public.accounts.reset_form": EVERYBODY,
    "public.accounts.reset": EVERYBODY,
    "public.accounts.password_form": EVERYBODY,
    "public.accounts.set_password": EVERYBODY,
    "public.accounts.set_language": EVERYBODY,
    "public.accounts.account": set(PEOPLE),
    "public.accounts.change_password": set(PEOPLE),
    "health.health": EVERYBODY,
    "health.metrics": EVERYBODY,
    "desk.mails.ledger_page": {"erin"},
    "desk.mails.mail_page": STAFF,
    "desk.mails.file_mail": STAFF,
    "desk.mails.framed": DESK,
    "desk.mails.framed_with_images": DESK,
    "admin.customers.set_mail_charset": {"root"},
    "admin.customers.customer_list": {"root"},
    "admin.customers.create_customer": {"root"},
    "admin.customers.customer_page": {"root"},
    "admin.contacts.create_contact": {"root"},
    "admin.contacts.person_page": {"root"},
    "admin.contacts.change_contact": {"root"},
    "admin.contacts.invite_again": {"root"},
    "admin.contacts.put_together": {"root"},
    "admin.contacts.look_at_change": {"root"},
    "admin.contacts.close_contact": {"root"},
    "admin.contacts.reopen_contact": {"root"},
    "admin.customers.create_alert_address": {"root"},
    "admin.customers.store_credential": {"root"},
    "admin.customers.test_credential": {"root"},
    "admin.users.user_list": {"root"},
    "admin.users.create_staff": {"root"},
    "admin.users.send_invitation": {"root"},
    "admin.users.deactivate": {"root"},
    "admin.users.activate": {"root"},
    "desk.calendar.calendar_page": {"erin"},
    "desk.calendar.carry_closing_days_on": {"erin"},
    "desk.calendar.set_usual_hours": {"erin"},
    "desk.calendar.add_closing_days": {"erin"},
    "desk.calendar.remove_closing_day": {"erin"},
    "desk.calendar.set_exceptional_hours": {"erin"},
    "desk.calendar.remove_exceptional_hours": {"erin"},
    "desk.queues.page": DESK,
    "desk.queues.live": DESK,
    "desk.queues.keep": DESK,
    "desk.queues.forget": DESK,
    "desk.bulk.change": DESK,
    "desk.bulk.progress": STAFF,
    "desk.bulk.take_back": STAFF,
    "desk.bulk.end": STAFF,
    "desk.preferences.keep_list": DESK,
    "desk.palette.find": DESK,
    "desk.alerts.overview": DESK,
    "desk.checklists.add": DESK,
    "desk.checklists.check": DESK,
    "desk.checklists.templates": {"erin"},
    "desk.checklists.save": {"erin"},
    "desk.checklists.remove": {"erin"},
    "desk.news.page": DESK,
    "desk.news.read": DESK,
    "desk.news.settings": DESK,
    "desk.news.toggle": DESK,
    "admin.customers.rename": {"root"},
    "admin.subcontractors.overview": {"root"},
    "admin.subcontractors.add": {"root"},
    "admin.subcontractors.page": {"root"},
    "admin.subcontractors.correct": {"root"},
    "admin.subcontractors.add_person": {"root"},
    "admin.subcontractors.give_customer": {"root"},
    "admin.subcontractors.take_customer_back": {"root"},
    "admin.subcontractors.end": {"root"},
    "admin.settings.page": {"root"},
    "admin.settings.change": {"root"},
    "public.logo.image": EVERYBODY,
    "desk.grants.page": {"erin"},
    "desk.grants.grant": {"erin"},
    "desk.grants.end": {"erin"},
    "admin.imports.page": {"root"},
    "admin.resellers.overview": {"root"},
    "admin.resellers.add": {"root"},
    "admin.resellers.page": {"root"},
    "admin.resellers.rename": {"root"},
    "admin.resellers.add_person": {"root"},
    "admin.resellers.assign": {"root"},
    "reseller.customers.overview": {"rina"},
    "reseller.customers.customer_page": {"rina"},
    "reseller.customers.ticket_page": {"rina"},
    "admin.start.page": {"root"},
    "admin.start.try_mail_out": {"root"},
    "admin.start.try_mail_in": {"root"},
    "public.setup.first_form": EVERYBODY,
    "public.setup.become_first": EVERYBODY,
    "admin.imports.look": {"root"},
    "admin.imports.run": {"root"},
    "admin.imports.forget": {"root"},
    "admin.imports.progress": {"root"},
    "admin.documents.add": {"root"},
    "admin.documents.download": {"root"},
    "admin.documents.remove": {"root"},
    "admin.imports.empty_table": {"root"},
    "desk.handling.put_tag": DESK,
    "desk.handling.take_tag": DESK,
    "desk.handling.put_away": DESK,
    "desk.handling.take_out": DESK,
    "desk.handling.set_state": DESK,
    "desk.handling.merge_into": DESK,
    "desk.handling.split_off": DESK,
    "desk.handling.undo": DESK,
    "desk.handling.link_with": DESK,
    "desk.tickets.ticket_page": DESK,
    "desk.tickets.ticket_live": DESK,
    "desk.macros.find": DESK,
    "desk.macros.page": DESK,
    "desk.macros.new": {"erin"},
    "desk.macros.add": {"erin"},
    "desk.macros.macro_page": {"erin"},
    "desk.macros.change": {"erin"},
    "desk.macros.remove": {"erin"},
    "desk.sendings.take_back": DESK,
    "desk.sendings.send_now": DESK,
    "desk.sendings.let_out": DESK,
    "desk.composer.hand_draft_over": DESK,
    "desk.composer.send_reply": DESK,
    "desk.composer.write_note": DESK,
    "public.drafts.kept": set(PEOPLE),
    "public.drafts.save": set(PEOPLE),
    "public.drafts.throw_away": set(PEOPLE),
    "public.drafts.keep_files": set(PEOPLE),
    "public.drafts.remove_file": set(PEOPLE),
    "desk.tickets.assign": DESK,
    "desk.tickets.set_priority": DESK,
    "desk.tickets.move": DESK,
    "desk.tickets.close": DESK,
    "desk.tickets.reopen": DESK,
    "desk.tickets.match": DESK,
    "desk.tickets.set_requester": DESK,
    "desk.tickets.register_sender": DESK,
    "desk.mails.outgoing": DESK,
    "desk.mails.send_one_again": DESK,
    "desk.tickets.attachment": DESK,
    "desk.tickets.clear_attachment": DESK,
    "desk.tickets.original": DESK,
    "desk.phone.form": DESK,
    "desk.phone.callers": DESK,
    "desk.phone.record_call": DESK,
    "desk.inquiries.decision_form": DESK,
    "desk.inquiries.decide_now": DESK,
    "desk.alert_reports.report_form": DESK,
    "desk.alert_reports.send_report": DESK,
    "desk.actions.action_page": DESK,
    "desk.actions.create": DESK,
    "desk.actions.withdraw": DESK,
    "desk.actions.stop": DESK,
    "desk.alerts.vouch": DESK,
    "desk.actions.everywhere_form": {"erin"},
    "desk.actions.everywhere": {"erin"},
    "desk.alerts.name_file": DESK,
    "desk.alerts.mark_false_positive": DESK,
    "desk.alerts.confirm_computer": DESK,
    "desk.actions.retry": DESK,
    "desk.actions.undo": DESK,
    "portal.tickets.home": CUSTOMERS,
    "portal.tickets.ticket_list": CUSTOMERS,
    "portal.tickets.new_form": CUSTOMERS,
    "portal.tickets.create": CUSTOMERS,
    "portal.tickets.received": OWN,
    "portal.tickets.ticket_page": OWN,
    "portal.tickets.write": OWN,
    "portal.tickets.close": OWN,
    "portal.tickets.attachment": OWN,
    "portal.manuals.contents": CUSTOMERS | DESK,
    "desk.search.results": DESK,
    "portal.search.results": CUSTOMERS,
    "portal.manuals.section": CUSTOMERS | DESK,
    "portal.manuals.places": CUSTOMERS,
    "portal.manuals.opened": CUSTOMERS,
    "portal.manuals.original": CUSTOMERS | DESK,
    "portal.manuals.cited": CUSTOMERS | DESK,
    "desk.tuning.overview": {"erin"},
    "desk.tuning.rule_list": {"erin"},
    "desk.tuning.new_rule": {"erin"},
    "desk.tuning.create_rule": {"erin"},
    "desk.tuning.rule_form": {"erin"},
    "desk.tuning.change_rule": {"erin"},
    "desk.tuning.template_list": {"erin"},
    "desk.tuning.template_form": {"erin"},
    "desk.tuning.change_template": {"erin"},
    "admin.customers.set_auto_answer": {"root"},
    "desk.inquiries.decide_as_suggested": DESK,
    "desk.inquiries.mark_intent": DESK,
    "desk.inquiries.preview": DESK,
    "desk.manuals.overview": {"erin"},
    "desk.manuals.start_import": {"erin"},
    "desk.manuals.import_page": {"erin"},
    "desk.manuals.progress": {"erin"},
    "desk.manuals.import_again": {"erin"},
    "desk.manuals.manual_page": {"erin"},
    "desk.manuals.publish": {"erin"},
    "desk.manuals.withdraw": {"erin"},
    "desk.manuals.drop": {"erin"},
    "desk.manuals.section_form": {"erin"},
    "desk.manuals.change_words": {"erin"},
    "portal.manuals.contest_answer": OWN,
    "portal.manuals.accept_answer": OWN,
    "desk.alerts.events": DESK,
    "desk.alerts.edit_findings": DESK,
    "desk.alerts.complete": DESK,
    "desk.alerts.split_off": DESK,
    "desk.alerts.merge_into": DESK,
    "desk.alerts.unmatch": DESK,
    "desk.supervision.page": {"erin"},
    "desk.supervision.wall": {"erin"},
    "desk.supervision.tickets": {"erin"},
    "desk.exports.tickets": DESK,
    "desk.exports.search": DESK,
    "desk.exports.behind": {"erin"},
    "desk.exports.mails": {"erin"},
    "portal.exports.tickets": CUSTOMERS,
    "portal.exports.search": CUSTOMERS,
    "admin.exports.customers": {"root"},
    "admin.exports.accounts": {"root"},
    "desk.reports.overview": DESK,
    "desk.reports.ask_for_missing": {"erin"},
    "desk.reports.approve_all": {"erin"},
    "desk.reports.report_page": DESK,
    "desk.reports.file": DESK,
    "desk.reports.behind": DESK,
    "desk.reports.write": DESK,
    "desk.reports.hold": {"erin"},
    "desk.reports.approve": {"erin"},
    "desk.reports.recount": {"erin"},
    "desk.reports.mail_again": {"erin"},
    "desk.layout.page": {"erin"},
    "desk.layout.change": {"erin"},
    "portal.reports.report_list": {"bob"},
    "portal.reports.report_page": {"bob"},
    "portal.reports.file": {"bob"},
    "portal.reports.behind": {"bob"},
    "admin.customers.drop_alert_address": {"root"},
    "admin.customers.give_alert_address": {"root"},
    "admin.customers.give_back": {"root"},
    "portal.people.people": {"bob"},
    "portal.people.new_form": {"bob"},
    "portal.people.add": {"bob"},
    "portal.people.person": {"bob"},
    "portal.people.change": {"bob"},
    "portal.people.close": {"bob"},
    "portal.people.invite_again": {"bob"},
    "desk.actions.review": {"erin"},
    "desk.actions.record_call": DESK,
    "desk.actions.ask_again": DESK,
    "desk.actions.by_hand": DESK,
    "desk.actions.reveal_login": DESK,
    "portal.decisions.decide": OWN,
    "portal.decisions.link_page": EVERYBODY,
    "portal.decisions.decide_by_link": EVERYBODY,
    "public.proofs.page": DESK | OWN,
    "public.proofs.signed_file": DESK | OWN,
    "public.proofs.pdf": DESK | OWN,
    "public.proofs.keys": EVERYBODY,
    "portal.connection.connection": {"bob"},
    "portal.connection.report_key": {"bob"},
    "portal.connection.report_login": {"bob"},
    "admin.customers.set_handling": {"root"},
    "admin.customers.name_allow_list": {"root"},
    "admin.users.toggle_reveal": {"root"},
    "admin.users.user_page": {"root"},
    "admin.users.change_staff": {"root"},
    **CONTRACT_ROWS,
    **PRIVACY_ROWS,
    **ANNOUNCEMENT_ROWS,
}


ENDINGS = {"behind": "?figure=alerts.tickets"}
"""What some pages are asked for besides."""


FIXED = {
    "portal.manuals.section": {"key": "application-allow"},
    "desk.tuning.template_form": {"verdict": "out_of_scope", "language": "ja"},
    "desk.tuning.change_template": {"verdict": "out_of_scope", "language": "ja"},
    "public.drafts.": {"place": "phone"},
    "desk.terms.": {"kind": "terms"},
}
"""Values that some pages have instead of the usual ones, by the beginning of their endpoint."""
FILES = (".exports.", ".billing_file", ".sheet", ".terms.accepted")
ON_ALERT = {"reference": "alert", "token": "decision"}
OTHERS = {
    "desk.alerts.": ON_ALERT,
    "desk.actions.": ON_ALERT,
    "portal.decisions.": ON_ALERT,
    "public.proofs.": ON_ALERT,
    "desk.tickets.original": ON_ALERT,
    "desk.mails.framed": ON_ALERT,
    "portal.people.": {"contact_id": "colleague"},
    "portal.people.close": {"contact_id": "leaver"},
    "portal.people.invite_again": {"contact_id": "signing_in"},
    "admin.customers.give_alert_address": {"address_id": "moved_id"},
    "admin.contacts.invite_again": {"contact_id": "signing_in"},
    "admin.resellers.assign": {"customer_id": "other_customer"},
    "public.answers.": {"token": "answer"},
    "public.reopening.": {"token": "reopening"},
}
"""The same, by the names of other values."""


def addresses(app: Flask, urls: dict[str, str]) -> list[tuple[str, str, str]]:
    """(endpoint, method, URL) of every rule."""
    cited = {"portal.manuals.cited": {"section_id": str(section_of_key("application-allow").id)}}  # type: ignore[union-attr]
    found = []
    for rule in app.url_map.iter_rules():
        values = urls | ({"form": "csv"} if any(one in rule.endpoint for one in FILES) else {})
        for begins, fixed in (FIXED | cited).items():
            values |= fixed if rule.endpoint.startswith(begins) else {}
        for begins, others in OTHERS.items():
            values |= {to: urls[name] for to, name in others.items()} if rule.endpoint.startswith(begins) else {}
        url = re.sub(r"<(?:[^<>:]*:)?(\w+)>", r"{\1}", rule.rule).format(**values)
        url += ENDINGS.get(rule.endpoint.rpartition(".")[2], "")
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
            if status in (401, 403, 404) and endpoint not in ("health.metrics", "public.logo.image"):
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
    # what somebody removed is gone for the next who tries
    gone = ("desk.terms.draft_form", "desk.terms.change", "desk.terms.publish_it", "desk.terms.throw_away")
    lacking = (
        *gone,
        "public.announcements.page",
        "desk.mails.framed",
        "desk.mails.framed_with_images",
        "desk.alerts.merge_into",
        "desk.queues.forget",
    )
    return status not in (401, 403, 404, 500) or (endpoint in lacking and status == 404)


def test_a_foreign_reference_looks_exactly_like_a_missing_one(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    charlie = cast.charlie
    foreign = charlie.get(f"/portal/tickets/{ticket.reference}")
    missing = charlie.get("/portal/tickets/9999-9999")
    assert foreign.status_code == missing.status_code == 404
    # the page's token is of the second it was made in
    clean = [re.sub(r'content="[^"]*\.[^"]*"', "", page.text.split("E-")[0]) for page in (foreign, missing)]
    assert clean[0] == clean[1]


def test_a_right_that_is_taken_away_is_gone_at_the_next_request(cast: Cast) -> None:
    alert, alice = an_alert(cast.acme), cast.alice
    url = f"/portal/tickets/{alert.reference}"
    assert alice.get(url).status_code == 200
    cast.contact("alice").set_alert_rights(SYSTEM, told=False, may_instruct=False, way=Way.mail)
    db.session.commit()
    assert alice.get(url).status_code == 404
    cast.root.post(f"/admin/users/{cast.user('alice').id}/deactivation")
    assert alice.get("/portal/").status_code == 302
    assert current_calendar().version
