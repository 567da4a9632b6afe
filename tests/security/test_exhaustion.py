"""What one person, or one client, can take from the others: files, threads, disk (S7, S9)."""

import io
import re
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import EnvironBuilder, run_wsgi_app

from helpdesk import clock
from helpdesk.extensions import db
from helpdesk.files import keeping
from helpdesk.files.keeping import KeptFile, UploadsOfDay, drop_old_kept_files
from helpdesk.receiving import Receiver
from helpdesk.tickets.kinds import FILES_MAX
from helpdesk.tickets.messages import Attachment
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast, Person
from tests.making import an_inquiry

FORM = {
    "topic": "operating",
    "subject": "除外設定について",
    "body": "除外設定の手順を教えてください。",
    "urgency": "normal",
}
MB = 1024 * 1024
MULTIPART = "multipart/form-data"


def attach(person: Person, once: str, *sizes: int, confirmed: str = "") -> int:
    files = [(io.BytesIO(b"x" * size), f"{number}.log") for number, size in enumerate(sizes)]
    data = {**FORM, "once": once, "confirmed": confirmed, "files": files}
    return person.post("/portal/tickets", data, content_type=MULTIPART).status_code


def on_disk(app: Flask) -> int:
    kept: Path = app.config["FILES"] / "kept"
    return sum(path.stat().st_size for path in kept.rglob("*") if path.is_file())


def test_files_of_a_form_hold_the_limit_of_a_message_together(cast: Cast) -> None:
    alice = cast.alice
    for _step in range(3):
        assert attach(alice, "one", *[10] * 3) == 200
    assert attach(alice, "one", 10, 10) == 422, "three times three and two are more than ten"
    assert attach(alice, "one", confirmed="yes") == 302
    assert len(list(db.session.scalars(select(Attachment)))) == 9 <= FILES_MAX
    assert attach(alice, "one", confirmed="yes") == 302, "sent again it is the same ticket"
    assert len(list(db.session.scalars(select(Attachment)))) == 9


def test_large_files_of_several_steps_hold_it_too(cast: Cast) -> None:
    assert attach(cast.alice, "one", 15 * MB) == 200
    assert attach(cast.alice, "one", 15 * MB) == 422


def test_what_nobody_sends_is_gone_after_a_week(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    before = on_disk(cast.app)
    for number in range(3):
        assert attach(cast.alice, f"form {number}", 2 * MB) == 200
    db.session.commit()
    assert on_disk(cast.app) == before + 6 * MB
    assert drop_old_kept_files() == 0, "not while it may still be sent"
    later = clock.real_now() + timedelta(days=8)
    monkeypatch.setattr(keeping.clock, "real_now", lambda: later)
    assert drop_old_kept_files() == 3
    assert on_disk(cast.app) == before
    assert db.session.scalar(select(KeptFile)) is None


def test_who_confirms_too_late_is_told_that_the_files_are_gone(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [(io.BytesIO(b"x" * 10), "screen.png")]
    shown = cast.alice.post("/portal/tickets", {**FORM, "once": "late", "files": files}, content_type=MULTIPART).text
    count = re.search(r'name="shown" value="(\d+)"', shown)
    assert count is not None
    later = clock.real_now() + timedelta(days=8)
    monkeypatch.setattr(keeping.clock, "real_now", lambda: later)
    drop_old_kept_files()
    before = db.session.scalar(select(func.count()).select_from(Ticket))
    sent = {**FORM, "once": "late", "confirmed": "yes", "shown": count[1]}
    refused = cast.alice.post("/portal/tickets", sent)
    assert refused.status_code == 422
    assert "添付ファイルをもう一度" in refused.text
    assert "除外設定の手順" in refused.text, "nothing typed is lost"
    assert db.session.scalar(select(func.count()).select_from(Ticket)) == before


def test_a_person_brings_so_much_a_day_and_keeps_their_words(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast.app.config, "UPLOAD_MB_PER_DAY", 5)
    alice, before = cast.alice, on_disk(cast.app)
    assert attach(alice, "one", 4 * MB) == 200
    files = [(io.BytesIO(b"x" * 2 * MB), "more.log")]
    refused = alice.post("/portal/tickets", {**FORM, "once": "two", "files": files}, content_type=MULTIPART)
    assert refused.status_code == 422
    assert "除外設定の手順" in refused.text, "nothing typed is lost"
    assert on_disk(cast.app) == before + 4 * MB
    assert attach(cast.bob, "three", 4 * MB) == 200, "others are not held up"
    assert attach(alice, "one", confirmed="yes") == 302, "what is kept is not counted twice"


def test_so_many_files_a_day_at_every_door(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast.app.config, "UPLOADS_PER_DAY", 2)
    ticket = an_inquiry(cast.contact("alice"))
    answers = []
    doors = {
        f"/portal/tickets/{ticket.reference}/messages": cast.alice,
        f"/desk/tickets/{ticket.reference}/notes": cast.dana,
    }
    for url, person in doors.items():
        for _time in range(3):
            data = {"body": "添付します", "files": (io.BytesIO(b"x"), "x.log")}
            answers.append(person.post(url, data, content_type=MULTIPART).status_code)
    assert answers == [302, 302, 422] * 2
    assert [row.files for row in db.session.scalars(select(UploadsOfDay))] == [2, 2]


def test_a_form_s_key_of_somebody_else_is_another(cast: Cast) -> None:
    assert attach(cast.alice, "same key", confirmed="yes") == 302
    assert attach(cast.carol, "same key", confirmed="yes") == 302
    assert attach(cast.charlie, "same key", confirmed="yes") == 302
    owners = db.session.scalars(select(Ticket.requester_id).order_by(Ticket.id)).all()
    assert owners == [cast.contact(name).id for name in ("alice", "carol", "charlie")]


def test_the_same_form_with_other_words_is_another_inquiry(cast: Cast) -> None:
    """Back, changed and sent again: what was typed is never dropped."""
    alice = cast.alice
    for body in ("最初の本文です。", "変えた本文です。", "変えた本文です。"):
        assert alice.post("/portal/tickets", {**FORM, "once": "k", "confirmed": "yes", "body": body}).status_code == 302
    assert len(list(db.session.scalars(select(Ticket)))) == 2


def test_a_call_that_is_recorded_twice_is_one(cast: Cast) -> None:
    caller = f"contact-{cast.contact('alice').id}"
    call = {"caller": caller, "called_at": "2026-11-24T09:05", "subject": "電話", "body": "隔離の件"}
    for _click in range(2):
        assert cast.dana.post("/desk/phone", {**call, "once": "c"}).status_code == 302
    assert len(list(db.session.scalars(select(Ticket)))) == 1
    assert cast.dana.post("/desk/phone", {**call, "once": "d"}).status_code == 302
    assert len(list(db.session.scalars(select(Ticket)))) == 2


class Slow(io.RawIOBase):
    """A body that comes when the test lets it, or never."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def read(self, size: int = -1) -> bytes:
        if not self.go.wait(5):
            raise OSError("nothing came for ten seconds")
        return b""


def ask(app: Receiver, body: io.RawIOBase | None = None, length: int = 5) -> str:
    environ = EnvironBuilder(method="POST" if body else "GET").get_environ()
    if body is not None:
        environ |= {"wsgi.input": body, "CONTENT_LENGTH": str(length)}
    return run_wsgi_app(app, environ)[1]


def hello(environ: dict[str, object], start: object) -> list[bytes]:
    start("200 OK", [])  # type: ignore[operator]
    return [environ["wsgi.input"].read() if environ.get("CONTENT_LENGTH") else b"hello"]  # type: ignore[attr-defined]


def test_stalled_bodies_take_their_own_slots_only() -> None:
    app, stalled = Receiver(hello, slots=2, size_max=100), [Slow(), Slow()]
    answers: list[str] = []
    threads = [threading.Thread(target=lambda one=one: answers.append(ask(app, one))) for one in stalled]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    assert ask(app) == "200 OK", "who sends no body is answered"
    assert ask(app, io.BytesIO(b"12345")).startswith("503"), "who does is asked to come again"  # type: ignore[arg-type]
    for one in stalled:
        one.go.set()
    for thread in threads:
        thread.join()
    assert [answer[:3] for answer in answers] == ["408", "408"], "a body that ends too soon is none"
    assert ask(app, io.BytesIO(b"12345")) == "200 OK"  # type: ignore[arg-type]


def test_a_body_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpdesk.receiving.GRACE_SECONDS", -1)
    assert ask(Receiver(hello, slots=1, size_max=100), io.BytesIO(b"12345")).startswith("408")  # type: ignore[arg-type]


def test_a_body_over_the_limit_is_left_to_the_app_unread() -> None:
    body = Slow()
    body.go.set()
    app = Receiver(lambda _environ, start: (start("413 Too Large", []), [b""])[1], slots=1, size_max=10)
    assert ask(app, body, length=11) == "413 Too Large"
