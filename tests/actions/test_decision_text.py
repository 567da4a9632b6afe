"""What the card shows is what is recorded: every computer, the unknown, what contradicts (A7, A12, D7)."""

import re

import pytest

from helpdesk.actions.instructions import Instruction
from helpdesk.actions.models import Action, ActionKind
from helpdesk.actions.proposing import Proposal, ProposedTarget, propose, why_none
from helpdesk.alerts.models import Alert, alert_of
from helpdesk.console.models import credential_of
from helpdesk.extensions import db
from tests.conftest import Cast, Person
from tests.forms import press
from tests.mailgate.test_ledger import notices
from tests.making import a_list, an_alert, link_in, reported


@pytest.fixture
def alert(cast: Cast) -> Alert:
    a_list(cast.acme)
    return reported(an_alert(cast.acme), cast.user("dana"), cast.contact("alice"))


def ask(
    cast: Cast, alert: Alert, *computers: str, kind: ActionKind = ActionKind.quarantine, **more: list[str]
) -> Action:
    place = ProposedTarget("guid-1", "Quarantine list", computers)
    action = propose(cast.user("dana"), alert, Proposal(ActionKind.quarantine, [place], file_name="bad.exe", **more))
    db.session.commit()
    return action


def card(cast: Cast, action: Action) -> str:
    page = cast.alice.get(f"/portal/tickets/{action.ticket.reference}").text
    return page.split('class="decision"')[1].split("</section>")[0]


def test_five_hundred_computers_are_shown_recorded_and_mailed_alike(cast: Cast, visitor: Person, alert: Alert) -> None:
    names = [f"PC-{number:03}" for number in range(500)]
    action = ask(cast, alert, *names)
    shown = card(cast, action)
    assert "500台" in shown
    assert all(name in shown for name in names)
    mail = next(notice for notice in notices() if notice.template == "decision_request")
    assert names[-1] in mail.body
    page = visitor.get(link_in(mail)).text
    assert names[-1] in page
    press(cast.alice, f"/portal/tickets/{action.ticket.reference}", "承認")
    recorded = db.session.query(Instruction).one().text
    assert all(name in recorded for name in names)
    for line in recorded.split("\n"):
        assert " ".join(line.split()) in " ".join(re.sub(r"<[^>]+>", "", shown).replace("&#39;", "'").split()), line


def test_what_is_not_known_is_not_said_to_be_known(cast: Cast, alert: Alert) -> None:
    shown = card(cast, ask(cast, alert, "PC-1", uncovered=["PC-2"], unknown=["PC-3"]))
    assert "PC-2 は対象に含まれません" in shown
    assert "PC-3: ポリシーがこのリストを使うかどうかは確認できていません" in shown
    assert "PC-3 は対象に含まれません" not in shown


def test_a_request_that_reaches_nobody_says_so(cast: Cast, alert: Alert) -> None:
    assert "確認できている端末には、このリストを使うものがありません" in card(
        cast, ask(cast, alert, uncovered=["PC-1"])
    )


def test_a_list_that_contradicts_is_named(cast: Cast, alert: Alert) -> None:
    alert.on_lists = [{"name": "全社許可", "kind": "application_whitelist"}]
    db.session.commit()
    assert "許可リスト" in cast.dana.get(f"/desk/tickets/{alert.ticket.reference}").text
    assert "許可リスト「全社許可」に登録されています" in card(cast, ask(cast, alert, "PC-1"))


def test_why_nothing_can_be_offered_is_said_as_it_is(cast: Cast) -> None:
    ticket = an_alert(cast.acme, "Event type: Threat Detected\nComputer: PC-1\nFile name: x.exe\n")
    page = f"/desk/tickets/{ticket.reference}/report"
    assert "SHA-256 が分からない" in cast.dana.get(page).text
    db.session.delete(credential_of(cast.acme.id))
    db.session.commit()
    shown = cast.dana.get(page).text
    assert "API キーが登録されていない" in shown
    assert "SHA-256 が分からない" not in shown
    assert why_none(alert_of(ticket))
