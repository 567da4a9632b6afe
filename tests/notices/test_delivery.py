"""Notices go out over real SMTP, again with the same Message-ID, and never vanish (Q1)."""

from collections import Counter
from email import message_from_bytes, policy

from sqlalchemy import select, update

from helpdesk.clock import real_now
from helpdesk.demo.sink import Sink
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.notices.jobs import BATCH, deliver
from helpdesk.notices.models import Automatic, Notice, post
from tests.conftest import Cast


def a_notice(**options: object) -> Notice:
    notice = post("password_reset", to="alice@acme.example", language="ja", name="小林", link="https://x/y", **options)
    db.session.commit()
    return notice


def deliver_due() -> None:
    for errand_id, turn in Notice.queue_due():
        deliver(errand_id, turn)


def test_a_notice_is_sent_once_with_the_headers_that_keep_robots_quiet(cast: Cast, mailbox: Sink) -> None:
    notice = a_notice(reply_token="ab" * 16)
    deliver_due()
    deliver_due()
    (mail,) = mailbox.mails()
    assert notice.state == ErrandState.done
    assert mail["message_id"] == notice.message_id
    assert mail["auto_submitted"] == Automatic.generated.value
    assert mail["list_id"] == "<support.desk.example>"
    assert mail["reply_to"] == f"support+{'ab' * 16}@desk.example"
    assert "パスワード" in mail["text"]


def test_a_run_leaves_nothing_claimed_behind(cast: Cast, mailbox: Sink) -> None:
    """What a run has no time for goes to the next run at once, not after the lease of a claim that nobody works on."""
    for _number in range(BATCH + 2):
        a_notice()
    (errand_id, turn), *_others = Notice.queue_due()
    deliver(errand_id, turn)
    states = Counter(db.session.scalars(select(Notice.state)))
    assert states == {ErrandState.done: BATCH, ErrandState.queued: 2}


def test_both_parts_say_the_same_and_html_is_escaped(cast: Cast, mailbox: Sink) -> None:
    post("password_reset", to="alice@acme.example", language="ja", name="<b>x</b>", link="https://x/y")
    db.session.commit()
    deliver_due()
    raw = message_from_bytes(mailbox.raw("000001") or b"", policy=policy.default)
    html = raw.get_body(("html",))  # type: ignore[attr-defined]
    assert html is not None
    assert "&lt;b&gt;x" in html.get_content()


def test_without_a_mail_server_it_waits_and_says_why(cast: Cast) -> None:
    notice = a_notice()
    deliver_due()
    assert notice.state == ErrandState.waiting
    assert "could not be reached" in (notice.last_error or "")
    assert notice.due_at is not None
    assert notice.tries == 1


def test_a_worker_killed_while_sending_leads_to_the_same_mail_again(cast: Cast, mailbox: Sink) -> None:
    notice = a_notice()
    ((errand_id, turn),) = Notice.queue_due()
    Notice.begin(errand_id, turn)
    db.session.execute(update(Notice).values(leased_until=real_now().replace(year=2020)))
    db.session.commit()
    deliver_due()
    (mail,) = mailbox.mails()
    assert mail["message_id"] == notice.message_id
    assert notice.state == ErrandState.done


def test_line_breaks_in_a_subject_cannot_add_headers(cast: Cast, mailbox: Sink) -> None:
    words = {"reference": "1", "subject": "x\r\nBcc: evil@evil.example", "body": "b", "link": "l"}
    notice = post("reply", to="alice@acme.example", language="ja", **words)
    db.session.commit()
    assert "\n" not in notice.subject
    deliver_due()
    raw = message_from_bytes(mailbox.raw("000001") or b"", policy=policy.default)
    assert raw["Bcc"] is None
