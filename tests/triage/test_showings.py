"""What customers were shown and opened while typing, so that avoided tickets can be counted (R05)."""

from datetime import timedelta

from sqlalchemy import select, update

from helpdesk import clock
from helpdesk.extensions import db
from helpdesk.triage.shown_places import KEPT_DAYS, ShownPlaces, avoided, drop_old_shown_places
from tests.conftest import Cast, Person


def typing(person: Person, form: str, subject: str = "許可リストに登録したい") -> str:
    text: str = person.post("/portal/manual-places", data={"subject": subject, "body": "", "once": form}).text
    return text


def opening(person: Person, form: str, key: str = "application-allow") -> int:
    status: int = person.post("/portal/manual-places/opening", data={"once": form, "key": key}).status_code
    return status


def send(person: Person, form: str) -> None:
    said = {"topic": "operating", "subject": "許可リスト", "body": "手順", "urgency": "normal", "confirmed": "yes"}
    assert person.post("/portal/tickets", data=said | {"once": form}).status_code == 302


def test_shown_opened_and_sent_are_kept_and_counted(cast: Cast) -> None:
    alice = cast.alice
    for form in ("shown", "opened", "sent"):
        assert "アプリケーションの許可リスト" in typing(alice, form)
        typing(alice, form)
    for form in ("opened", "sent"):
        assert opening(alice, form) == 204
        opening(alice, form)
    send(alice, "sent")
    assert avoided(clock.now() - timedelta(hours=1)) == {"shown": 3, "opened": 2, "avoided": 1}
    row = db.session.scalars(select(ShownPlaces).where(ShownPlaces.form == "sent")).one()
    assert row.ticket_id is not None
    assert row.opened == ["application-allow"]
    assert row.shown.count("application-allow") == 1


def test_nobody_writes_into_another_persons_form(cast: Cast) -> None:
    typing(cast.alice, "mine")
    typing(cast.charlie, "mine")
    opening(cast.charlie, "mine")
    opening(cast.alice, "mine", "never-shown")
    row = db.session.scalars(select(ShownPlaces)).one()
    assert (row.user_id, row.opened) == (cast.user("alice").id, [])


def test_words_that_fit_nothing_leave_no_trace(cast: Cast) -> None:
    assert typing(cast.alice, "none", "あ").strip() == ""
    assert db.session.scalars(select(ShownPlaces)).all() == []


def test_what_was_shown_long_ago_is_forgotten(cast: Cast) -> None:
    for form in ("old", "new"):
        typing(cast.alice, form)
    long_ago = clock.now() - timedelta(days=KEPT_DAYS + 1)
    db.session.execute(update(ShownPlaces).where(ShownPlaces.form == "old").values(at=long_ago))
    drop_old_shown_places()
    assert list(db.session.scalars(select(ShownPlaces.form))) == ["new"]
