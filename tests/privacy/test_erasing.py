"""A person who was erased is found nowhere, while figures, proofs and the record still verify (R61, R63)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import current_app
from sqlalchemy import func, select

from helpdesk.accounts.models import User
from helpdesk.accounts.people import PersonWords, correct_person, rights_of
from helpdesk.actions.models import ActionKind
from helpdesk.actions.proof import problems, proof_of
from helpdesk.alerts.models import Alert
from helpdesk.audit.models import SYSTEM
from helpdesk.audit.sealing import check_record, seal_record
from helpdesk.customers.models import Contact
from helpdesk.demo.console_state import Console
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.privacy.jobs import LIST, erase_person
from helpdesk.privacy.kinds import RequestKind, RequestState
from helpdesk.privacy.leaving import address_digest
from helpdesk.privacy.models import Erasure, PersonalRequest
from helpdesk.privacy.requests import ask_for, check, grant
from helpdesk.reports.contents import digest_of
from helpdesk.tickets.kinds import Channel
from helpdesk.tickets.messages import Message
from tests.conftest import Cast, Command
from tests.incident import approve, proposed, run
from tests.making import a_sent_report, an_inquiry
from tests.privacy.canary import ADDRESS, NAME, WANTED, WORDS, deliver_all, lives, traces


def erased(contact: Contact, cast: Cast, also: list[str] | None = None) -> Erasure:
    """By a request that is checked and granted, its mails sent."""
    request = ask_for(
        contact.as_actor(), contact, RequestKind.deletion, f"{WORDS} を消してください", channel=Channel.portal
    )
    request_id = request.id
    check(cast.user("erin").actor(), request, f"{NAME} に電話で確認")
    grant(cast.user("erin").actor(), request, "承知しました。", also=also or [])
    db.session.commit()
    deliver_all()
    for erasure_id, turn in Erasure.queue_due():
        erase_person(erasure_id, turn)
    db.session.expire_all()
    row = db.session.scalars(select(Erasure).where(Erasure.request_id == request_id)).one()
    assert row.finished_at is not None
    return row


def test_nothing_of_them_is_left_anywhere(cast: Cast, canary: Contact, mailbox: object) -> None:
    contact_id = canary.id
    lives(cast, canary)
    assert len(traces(cast.app, *WANTED)) > 30, "the scan finds what is there"
    before = db.session.scalar(select(func.count()).select_from(Message))
    erased(canary, cast, also=[WORDS])
    assert traces(cast.app, *WANTED, "alice@acme.example", "小林 由佳") == []
    assert db.session.scalar(select(func.count()).select_from(Message)) == (before or 0) + 1, "figures stay"
    assert db.session.get_one(Contact, contact_id).closed
    line = (Path(current_app.config["FILES"]).parent / LIST).read_text().splitlines()[-1]
    assert f'"contact": {contact_id}' in line
    assert not [one for one in WANTED if one in line]


def test_proofs_reports_and_the_record_still_verify(
    cast: Cast, canary: Contact, alert: Alert, vendor: Console, mailbox: object
) -> None:
    action = proposed(cast, alert, ActionKind.quarantine)
    approve(cast, action)
    run()
    signed = proof_of(action)
    report = a_sent_report(cast.acme, cast.user("erin"))
    figures = report.contents["figures"] if report.contents else None
    db.session.flush()
    seal_record()
    erased(canary, cast)
    assert traces(cast.app, *WANTED[:-1]) == []
    assert problems(signed) == [], "a copy from before holds"
    assert problems(proof_of(action)) == [], "a copy from now holds"
    assert signed.body["instruction"]["by"] == NAME, "what was handed out is not ours to change"
    db.session.refresh(report)
    assert report.contents is not None
    assert report.contents["figures"] == figures
    assert report.contents_digest == digest_of(report.contents)
    assert check_record().faults == []
    page = cast.dana.get(f"/desk/tickets/{alert.ticket.reference}")
    assert page.status_code == 200


def test_others_of_the_same_name_keep_theirs(cast: Cast, canary: Contact, mailbox: object) -> None:
    charlie, bob = cast.contact("charlie"), cast.contact("bob")
    theirs = an_inquiry(charlie, "件名", f"{charlie.name} です")
    ours = an_inquiry(bob, "件名", f"{charlie.name} 様から聞きました")
    correct_person(SYSTEM, canary, PersonWords(charlie.name, canary.email), rights_of(canary))
    db.session.commit()
    erased(canary, cast)
    bodies = {row.ticket_id: row.body for row in db.session.execute(select(Message.ticket_id, Message.body))}
    assert charlie.name in bodies[theirs.id]
    assert charlie.name not in bodies[ours.id]
    assert charlie.name == cast.contact("charlie").name


def test_a_second_time_finds_nothing(cast: Cast, canary: Contact, mailbox: object, command: Command) -> None:
    lives(cast, canary)
    contact_id = canary.id
    erased(canary, cast, also=[WORDS])
    listed = command("privacy", "erasures").output
    assert f'"contact": {contact_id}' in listed
    path = Path(current_app.config["FILES"]).parent / LIST
    again = command("privacy", "erase-again", str(path))
    assert "0 of them are here again" in again.output


def test_a_restored_person_is_erased_again(
    cast: Cast, canary: Contact, mailbox: object, command: Command, tmp_path: Path
) -> None:
    """As after a restore: the person is there, the list says they went."""
    lives(cast, canary)
    path, known = tmp_path / "list", address_digest(ADDRESS)
    path.write_text(f'{{"erasure": 7, "contact": {canary.id}, "address": "{known}"}}\nrubbish\n')
    told = command("privacy", "erase-again", str(path))
    assert told.exit_code == 1
    assert "1 listed, 1 of them" in told.output
    deliver_all()
    for erasure_id, turn in Erasure.queue_due():
        erase_person(erasure_id, turn)
    assert traces(cast.app, NAME, ADDRESS, "9876-5432") == []


def test_mails_to_them_go_out_first(cast: Cast, canary: Contact, at: Callable[[str], object]) -> None:
    request = ask_for(canary.as_actor(), canary, RequestKind.deletion, "", channel=Channel.portal, checked="signed in")
    grant(cast.user("erin").actor(), request)
    db.session.commit()
    (due,) = Erasure.queue_due()
    erase_person(*due)
    assert cast.contact("alice").name == NAME, "its mails wait"
    at("2026-11-24T09:50:00+09:00")
    (due,) = Erasure.queue_due()
    erase_person(*due)
    assert cast.contact("alice").closed, "ten minutes are enough"


def test_nobody_is_erased_out_of_what_runs(cast: Cast, canary: Contact) -> None:
    ticket = an_inquiry(canary)
    request = ask_for(canary.as_actor(), canary, RequestKind.deletion, "", channel=Channel.portal, checked="signed in")
    with pytest.raises(Refusal, match=ticket.reference):
        grant(cast.user("erin").actor(), request)
    assert request.state == RequestState.checked
    assert db.session.scalar(select(func.count()).select_from(Erasure)) == 0
    assert db.session.scalar(select(func.count()).select_from(PersonalRequest)) == 1
    assert db.session.scalar(select(func.count()).select_from(User).where(User.name == NAME)) == 1


def test_somebody_else_with_the_number_is_left_alone(canary: Contact, command: Command, tmp_path: Path) -> None:
    """As after the restore of a backup that is older than the person: numbers are given again."""
    path, other = tmp_path / "list", address_digest("other@acme.example")
    path.write_text(f'{{"erasure": 7, "contact": {canary.id}, "address": "{other}"}}\n')
    assert "somebody else by now" in command("privacy", "erase-again", str(path)).output
    assert db.session.scalar(select(func.count()).select_from(Erasure)) == 0
