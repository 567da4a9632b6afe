"""The first administrator comes by a printed link alone, and what an installation needs is seen working (D11)."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from click.testing import Result
from sqlalchemy import delete, func, select, update

from helpdesk import clock
from helpdesk.accounts.models import User, user_by_email
from helpdesk.accounts.roles import Role
from helpdesk.accounts.setup import LIFE, SetupLink, become_administrator, make_setup_link
from helpdesk.customers.models import Language
from helpdesk.demo.sink import Sink
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.mailgate.ledger import Arrival, accept
from helpdesk.notices.models import Notice
from helpdesk.ops.first_start import StartStep, StepState, steps
from tests.conftest import Cast, Person
from tests.forms import press
from tests.notices.test_undelivered import deliver_due

FORM = {
    "name": "西岡 真由",
    "email": "nishioka@desk.example",
    "password": "a long password",
    "repeat": "a long password",
}


@pytest.fixture
def nobody(cast: Cast) -> None:
    """No administrator is there yet."""
    db.session.execute(update(User).where(User.role == Role.administrator).values(active=False))
    db.session.commit()


def the_link(command: Callable[..., Result]) -> str:
    printed = command("setup").output.split()[-1]
    return printed[printed.index("/setup/") :]


@pytest.mark.usefixtures("nobody")
def test_who_has_the_link_becomes_the_first_administrator(command: Callable[..., Result], visitor: Person) -> None:
    link = the_link(command)
    assert "最初の管理者" in visitor.get(link).text
    answer = visitor.post(link, FORM)
    assert answer.request.path == "/admin/start" or answer.location == "/admin/start"
    user = user_by_email("nishioka@desk.example")
    assert user is not None
    assert (user.role, user.active) == (Role.administrator, True)
    assert "はじめの設定" in visitor.get("/admin/start").text
    assert visitor.get(link).status_code == 410, "it works once"
    with pytest.raises(Refusal):
        make_setup_link()


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize(
    "wrong", [{"password": "short", "repeat": "short"}, {"repeat": "other"}, {"email": "x"}, {"name": ""}]
)
def test_a_wrong_form_keeps_what_was_typed_and_the_link(
    command: Callable[..., Result], visitor: Person, wrong: dict[str, str]
) -> None:
    link = the_link(command)
    answer = visitor.post(link, FORM | wrong)
    assert answer.status_code == 422
    assert (FORM | wrong)["name"] in answer.text
    assert "a long password" not in answer.text
    assert visitor.get(link).status_code == 200


@pytest.mark.usefixtures("nobody")
def test_links_end_by_age_by_another_and_by_an_administrator(command: Callable[..., Result], visitor: Person) -> None:
    first, second = the_link(command), the_link(command)
    assert (visitor.get(first).status_code, visitor.get(second).status_code) == (410, 200)
    db.session.execute(update(SetupLink).values(expires_at=clock.real_now() - timedelta(seconds=1)))
    db.session.commit()
    assert visitor.get(second).status_code == 410
    third = the_link(command)
    db.session.execute(update(User).where(User.role == Role.administrator).values(active=True))
    db.session.commit()
    assert visitor.get(third).status_code == 410
    assert visitor.post(third, FORM).status_code == 410
    assert timedelta(hours=24) == LIFE


def test_a_token_is_stored_hashed_and_none_is_guessed(cast: Cast, visitor: Person) -> None:
    assert visitor.get("/setup/anything").status_code == 410
    with pytest.raises(Refusal):
        become_administrator("", name="x", email="x@desk.example", password="a long password", language=Language.ja)
    assert db.session.scalar(select(func.count()).select_from(SetupLink)) == 0


def state(cast: Cast, step: StartStep) -> StepState:
    return {view.step: view.state for view in steps(cast.user("root"), date(2026, 11, 24))}[step]


def test_mail_out_counts_once_a_server_took_it(cast: Cast, mailbox: Sink) -> None:
    assert state(cast, StartStep.mail_out) == StepState.open
    press(cast.root, "/admin/start", "自分宛に送る")
    assert state(cast, StartStep.mail_out) == StepState.waiting
    deliver_due()
    assert state(cast, StartStep.mail_out) == StepState.done
    assert any("送信の確認" in mail["subject"] for mail in mailbox.mails())


def test_mail_in_counts_once_our_own_mail_came_back(cast: Cast, at: Callable[[str], object]) -> None:
    press(cast.root, "/admin/start", "窓口宛に送る")
    assert state(cast, StartStep.mail_in) == StepState.waiting
    at("2026-11-24T09:45:00+09:00")
    assert state(cast, StartStep.mail_in) == StepState.failing, "too long on its way"
    mail = db.session.scalars(select(Notice).where(Notice.template == "mail_in_test")).one()
    raw = f"Message-ID: {mail.message_id}\r\nFrom: support@desk.example\r\nSubject: x\r\n\r\ny".encode()
    accept([Arrival(raw, "support@desk.example", ["support@desk.example"])])
    db.session.commit()
    assert state(cast, StartStep.mail_in) == StepState.done


def test_the_page_says_what_is_left(cast: Cast, statements: list[str]) -> None:
    root = cast.root
    shown = root.get("/admin/start").text
    assert "最初のお客様" in shown
    statements.clear()
    root.get("/admin/start")
    assert len(statements) <= 14
    db.session.execute(delete(Notice).where(Notice.template == "mail_out_test"))
