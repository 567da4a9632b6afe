"""Somebody who wrote to us and is not on record is erased by their address (R61)."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from helpdesk.audit.models import SYSTEM
from helpdesk.audit.sealing import check_record, seal_record
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.privacy.jobs import erase_person
from helpdesk.privacy.leaving import ask_for_outsider
from helpdesk.privacy.models import Erasure
from helpdesk.tickets.answering import reply
from helpdesk.tickets.messages import note
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast, Command
from tests.mailgate.test_ledger import newest, write
from tests.making import an_inquiry
from tests.privacy.canary import traces

ADDRESS, NAME = "Yoru.Hara@nowhere.example", "夜羽良 環"


@pytest.fixture
def wrote(cast: Cast) -> list[Ticket]:
    """Two mails of theirs, answered; and a colleague's words about them."""
    tickets = []
    for number in range(2):
        write(f'"{NAME}" <{ADDRESS}>', "support@desk.example", f"YORUWORDS {number}", f"YORUWORDS {NAME}")
        tickets.append(newest())
    reply(tickets[0], cast.user("dana"), f"{NAME} 様\n\nご案内します。")
    about = an_inquiry(cast.contact("bob"), "件", f"{NAME}({ADDRESS})から連絡がありました。")
    note(about, cast.user("dana"), "夜羽良環に電話")
    db.session.commit()
    return tickets


def ran() -> None:
    db.session.execute(update(Notice).values(state="done"))
    db.session.commit()
    for row in Erasure.queue_due():
        erase_person(*row)
    db.session.expire_all()


def test_nothing_of_them_is_left(cast: Cast, wrote: list[Ticket], command: Command, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=wrote[1].reference):
        ask_for_outsider(SYSTEM, ADDRESS, [NAME], "この住所から")
    for ticket in wrote:
        ticket.close(SYSTEM, "済")
    seal_record()
    assert len(traces(cast.app, ADDRESS, "夜羽良", "YORUWORDS")) > 10
    ask_for_outsider(SYSTEM, ADDRESS, [NAME], f"{NAME} がこの住所から申し出た")
    ran()
    assert traces(cast.app, ADDRESS, "夜羽良", "YORUWORDS") == []
    assert [ticket.closed for ticket in wrote] == [True, True], "numbers and times stay"
    assert check_record().faults == []
    listed = tmp_path / "list"
    listed.write_text(command("privacy", "erasures").output)
    assert "nowhere" not in listed.read_text()
    write(ADDRESS, "support@desk.example", "YORUWORDS", "YORUWORDS again, as a backup brings it back")
    newest().close(SYSTEM, "済")
    assert "1 of them" in command("privacy", "erase-again", str(listed)).output
    ran()
    assert traces(cast.app, ADDRESS, "YORUWORDS") == []
    assert "0 of them" in command("privacy", "erase-again", str(listed)).output, "as often as you like"
    assert len(db.session.scalars(select(Erasure)).all()) == 2


@pytest.mark.parametrize(("address", "how"), [("alice@acme.example", "x"), ("DANA@desk.example", "x"), (ADDRESS, "  ")])
@pytest.mark.usefixtures("cast")
def test_who_is_on_record_and_who_is_not_checked_is_not_erased_so(address: str, how: str) -> None:
    with pytest.raises(Refusal):
        ask_for_outsider(SYSTEM, address, [], how)


def test_on_the_page(cast: Cast, wrote: list[Ticket]) -> None:
    for ticket in wrote:
        ticket.close(SYSTEM, "済")
    db.session.commit()
    url, form = "/desk/erasings/outsiders", {"email": ADDRESS, "also": NAME, "how": "この住所から"}
    assert cast.erin.get(url).status_code == 200
    assert cast.erin.post(url, form | {"how": ""}).status_code == 422
    page = cast.erin.post(url, form | {"email": "alice@acme.example"})
    assert page.status_code == 409
    assert NAME in page.text, "nothing typed is lost"
    assert cast.erin.post(url, form).status_code == 302
    ran()
    page = cast.erin.get("/desk/personal").text
    assert "登録のない方" in page
    assert ADDRESS not in page
    row = db.session.scalars(select(Erasure)).one()
    assert cast.erin.post(f"/desk/erasings/{row.id}/again").status_code == 409, "it is done"
    db.session.execute(update(Erasure).values(state="failed", last_error="The run could not be finished (OSError)."))
    db.session.commit()
    assert "再試行" in cast.erin.get("/desk/personal").text
    assert cast.erin.post(f"/desk/erasings/{row.id}/again").status_code == 302
    db.session.refresh(row)
    assert row.state == ErrandState.waiting
