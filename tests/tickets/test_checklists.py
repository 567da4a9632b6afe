"""Checklists: from a template or by hand, checked off by whom, refused where they are none."""

import pytest
from sqlalchemy import select

from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.tickets.checklists import LINES_MAX, ChecklistItem, ChecklistTemplate, add_lines, read_lines
from tests.conftest import Cast
from tests.making import an_alert, an_inquiry


def lines(ticket_id: int) -> list[tuple[str, str]]:
    rows = select(ChecklistItem.words, ChecklistItem.done_by).where(ChecklistItem.ticket_id == ticket_id)
    return [tuple(row) for row in db.session.execute(rows.order_by(ChecklistItem.id))]


def test_from_a_template_and_checked_off(cast: Cast) -> None:
    erin, dana, ticket = cast.erin, cast.dana, an_inquiry(cast.contact("alice"))
    kept = {"name": " 一次 対応 ", "kind": "inquiry", "lines": "契約を確認する\n\n  マニュアルを探す \n"}
    assert erin.post("/desk/checklists", kept).status_code == 302
    assert (
        erin.post("/desk/checklists", kept | {"lines": "契約を確認する\nマニュアルを探す\n返信する"}).status_code == 302
    )
    template = db.session.scalars(select(ChecklistTemplate)).one()
    url = f"/desk/tickets/{ticket.reference}"
    assert "一次 対応" in dana.get(url).text
    for _time in range(2):
        dana.post(f"{url}/checklist", {"template": str(template.id)})
    dana.post(f"{url}/checklist", {"lines": "電話する"})
    assert [words for words, _by in lines(ticket.id)] == ["契約を確認する", "マニュアルを探す", "返信する", "電話する"]
    first = db.session.scalars(select(ChecklistItem.id).order_by(ChecklistItem.id)).first()
    dana.post(f"{url}/checklist/{first}", {"act": "done"})
    assert lines(ticket.id)[0] == ("契約を確認する", cast.user("dana").name)
    assert "1 / 4" in dana.get(url).text
    assert "契約を確認する" not in cast.alice.get(f"/portal/tickets/{ticket.reference}").text
    dana.post(f"{url}/checklist/{first}", {"act": "undo"})
    assert lines(ticket.id)[0] == ("契約を確認する", "")
    dana.post(f"{url}/checklist/{first}", {"act": "remove"})
    assert len(lines(ticket.id)) == 3
    assert erin.post(f"/desk/checklists/{template.id}/removal").status_code == 302
    assert len(lines(ticket.id)) == 3


def test_what_is_refused(cast: Cast) -> None:
    ticket, alert, dana = an_inquiry(cast.contact("alice")), an_alert(cast.acme), cast.dana
    add_lines(ticket, cast.user("dana").actor(), ["一つ"])
    db.session.commit()
    item = db.session.scalars(select(ChecklistItem.id)).one()
    assert dana.post(f"/desk/tickets/{alert.reference}/checklist/{item}", {"act": "done"}).status_code == 404
    for template in ("0", "99", "x", "9" * 30):
        assert dana.post(f"/desk/tickets/{alert.reference}/checklist", {"template": template}).status_code == 404
    assert dana.post(f"/desk/tickets/{alert.reference}/checklist", {"lines": " "}).status_code == 409
    assert cast.erin.post("/desk/checklists", {"name": "x", "kind": "zz", "lines": "a"}).status_code == 409
    for text in ("", "x" * 201, "\n".join(map(str, range(LINES_MAX + 1)))):
        with pytest.raises(Refusal):
            read_lines(text)
    with pytest.raises(Refusal):
        add_lines(ticket, cast.user("dana").actor(), [str(n) for n in range(LINES_MAX)])
