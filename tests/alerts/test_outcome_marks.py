"""False positives, the same file at other customers, and the second reading's clock."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from helpdesk.actions.models import Action
from helpdesk.alerts.alert_events import computers_of
from helpdesk.alerts.models import alert_of
from helpdesk.alerts.watching import false_positives
from helpdesk.audit.models import SYSTEM
from helpdesk.customers.models import add_customer
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.web.alert_chain import second_clock
from tests.conftest import Cast
from tests.forms import press
from tests.making import a_list, an_alert, an_asked_action, reported

OTHER = "Event type: Threat Detected\nComputer: PC-9\nFile name: other.exe\n"


def test_a_false_positive_has_a_reason_and_is_counted_per_customer(cast: Cast) -> None:
    ticket = an_alert(cast.acme)
    an_alert(cast.acme, OTHER)
    page = f"/desk/tickets/{ticket.reference}"
    assert press(cast.dana, page, "誤検知として記録", reason="x").status_code == 409
    press(cast.dana, page, "誤検知として記録", reason="社内ツールの配布物と確認")
    assert "社内ツールの配布物と確認" in cast.dana.get(page).text
    assert false_positives() == [(cast.acme.name, 1, 2)]
    assert f"{cast.acme.name}: 2件中 1件" in cast.erin.get("/desk/supervision").text
    press(cast.dana, page, "取り消す", form="/false-positive")
    assert alert_of(ticket).false_positive_at is None
    assert false_positives() == []


def test_the_same_file_elsewhere_is_a_count_and_no_name(cast: Cast) -> None:
    ticket = an_alert(cast.acme)
    page = f"/desk/tickets/{ticket.reference}"
    assert "ほかのお客様" not in cast.dana.get(page).text
    for name in ("別会社 一", "別会社 二"):
        an_alert(add_customer(SYSTEM, name))
    shown = cast.dana.get(page).text
    assert "ほかのお客様 2社" in shown
    assert "別会社" not in shown
    assert "ほかのお客様" not in cast.alice.get(f"/portal/tickets/{ticket.reference}").text


def test_the_second_reading_shows_a_clock_of_its_own(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, at: Callable[[str], datetime]
) -> None:
    action: Action = an_asked_action(cast.user("dana"), cast.contact("alice"))
    db.session.commit()
    page = f"/desk/tickets/{action.ticket.reference}"
    assert "作業の期限" not in cast.dana.get(page).text
    monkeypatch.setitem(cast.app.config, "ACTIONS_WITHIN_REPORT_DAYS", True)
    assert "作業の期限" in cast.dana.get(page).text
    clock = second_clock(action.ticket, [action])
    assert clock is not None
    assert (clock.due_at, clock.done_at, clock.late) == (action.ticket.first_due_at, None, False)
    at("2026-11-27T10:00:00+09:00")
    assert clock.late
    assert second_clock(action.ticket, []) is None


def test_a_supervisor_proposes_to_each_and_each_decides_for_itself(cast: Cast) -> None:
    other = cast.contact("charlie").customer
    ours, theirs, unreported = an_alert(cast.acme), an_alert(other), an_alert(add_customer(SYSTEM, "未報告 株式会社"))
    for ticket, name in ((ours, "alice"), (theirs, "charlie")):
        place = a_list(ticket.customer, guid=f"guid-{name}")
        (computer,) = computers_of(alert_of(ticket)).values()
        computer.lists = [{"guid": place.guid, "name": place.name, "kind": place.kind}]
        reported(ticket, cast.user("dana"), cast.contact(name))
    page = f"/desk/tickets/{ours.reference}/proposals-everywhere"
    shown = press(cast.erin, page, "各社に提案する", reason="同じ検体が複数社で見つかったため").text
    assert f"{ours.reference}-A1" in shown
    assert f"{theirs.reference}-A1" in shown
    assert unreported.reference in shown
    assert "お客様ごと" not in shown
    actions = db.session.scalars(select(Action).order_by(Action.id)).all()
    assert [action.customer_id for action in actions] == [cast.acme.id, other.id]
    assert {
        one.to_address for one in db.session.scalars(select(Notice).where(Notice.template == "decision_request"))
    } == {"alice@acme.example", "charlie@globex.example"}
    again = press(cast.erin, page, "各社に提案する").text
    assert again.count("進行中") >= 2, "nothing is asked twice"
    assert theirs.reference not in cast.alice.get(f"/portal/tickets/{ours.reference}").text
    assert cast.dana.get(page).status_code in (403, 404)
