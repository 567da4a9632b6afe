"""Layouts that other writers' mails have: dates, languages, tables, folded lines, parts, links, and what only informs
(A9, A10, A11)."""

from datetime import datetime

import pytest
from sqlalchemy import select

from helpdesk.alerts.informational import is_informational, says_informational
from helpdesk.alerts.mail_parts import read_parts
from helpdesk.alerts.models import AlertArrival, alert_of
from helpdesk.alerts.moments import moment
from helpdesk.alerts.reading import AlertFacts, read_alert
from helpdesk.alerts.watching import attached, silent_customers
from helpdesk.config import CONSOLE_LINK_HOSTS
from helpdesk.console.values import ConsoleEvent
from helpdesk.extensions import db
from helpdesk.mailgate.html_words import text_of_html
from helpdesk.mailgate.ledger import Disposition
from helpdesk.mailgate.rich import links_of_html
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.mailgate.test_ledger import a_mail, deliver
from tests.making import alert_events_of

SHA, OTHER = "c3" * 32, "d4" * 32
GUID, SECOND = "0b4883d4-8ecf-4404-9453-13cba0ee7662", "5c1172d0-11aa-4b5c-8d3e-0f9a7c2b6e11"
SENDER, ALERTS = "no-reply@amp.cisco.com", "alerts+acme@desk.example"
CONSOLE = "https://console.amp.cisco.com/computers"
SUBJECT = "[Cisco Secure Endpoint Subscription] [all] Matching Events Found On PC-7"


def from_html(html: str, *, subject: str = SUBJECT, text: str | None = None) -> AlertFacts:
    words = text_of_html(html)
    hrefs = links_of_html(html)
    return read_parts(subject, words if text is None else text, words, hosts=CONSOLE_LINK_HOSTS, hrefs=hrefs)


@pytest.mark.parametrize(
    "text",
    [
        "2026年11月17日 10:35:07 JST",
        "2026年11月17日(火) 10時35分7秒 日本時間",
        "２０２６年１１月１７日　１０：３５：０７　JST",
        "2026年11月17日 午前10時35分07秒 (JST)",
        "2026/11/17 10:35:07 (JST)",
        "2026/11/17 10:35:07 +09:00",
        "2026-11-17T01:35:07Z",
        "2026-11-17 01:35:07.000 +0000",
        "Tue, 17 Nov 2026 10:35:07 +0900",
        "Nov 17, 2026 01:35:07 AM UTC",
        "November 16, 2026 08:35:07 PM EST",
        "2026-11-16 20:35:07 EST",
    ],
)
def test_times_that_name_their_zone(text: str) -> None:
    assert moment(text) == datetime.fromisoformat("2026-11-17T01:35:07+00:00")


@pytest.mark.parametrize(
    "text",
    [
        "2026年11月17日 10:35:07",
        "2026-11-17 10:35:07",
        "17/11/2026 10:35",
        "2026年13月40日 99:99 JST",
        "10:35 JST +0000",
        "",
    ],
)
def test_times_that_could_be_wrong_are_none(text: str) -> None:
    assert moment(text) is None


def test_noon_is_no_midnight() -> None:
    assert moment("2026年11月17日 午後0時0分30秒 JST") == datetime.fromisoformat("2026-11-17T03:00:30+00:00")
    assert moment("2026年11月17日 午前0時5分 JST") == datetime.fromisoformat("2026-11-16T15:05:00+00:00")


def test_labels_in_two_languages_on_a_line_and_a_file_that_is_a_path() -> None:
    text = (
        "イベント / Event type: Threat Detected\nコンピュータ / Computer: PC-7\n現在のユーザー (Current user): sato\n"
    )
    text += "ファイル: file:///C%3A/Users/sato/a%20b.exe\n判定: 不明\n検出ID: 640012345678901\n"
    text += f"SHA-256: {SHA}\n親プロセス: chrome.exe\n"
    (event,) = read_alert(SUBJECT, text).events
    assert (event.computer, event.user, event.event_type) == ("PC-7", "sato", "Threat Detected")
    assert (event.file_name, event.file_path) == ("a b.exe", "C:\\Users\\sato\\a b.exe")
    assert (event.disposition, event.detection_id, event.parent) == ("不明", "640012345678901", "chrome.exe")


@pytest.mark.parametrize("path", ["\\\\?\\C:\\Users\\k\\x.exe", "/C:/Users/k/x.exe", "file:///C%3A/Users/k/x.exe"])
def test_paths_are_written_one_way(path: str) -> None:
    (event,) = read_alert(SUBJECT, f"Event: Threat Detected\nFile path: {path}\n").events
    assert (event.file_path, event.file_name) == ("C:\\Users\\k\\x.exe", "x.exe")


def test_values_below_their_labels_and_folded() -> None:
    text = "Hostname: PC-7\nPath:\n    C:\\Program Files\n    (x86)\\Vendor\\x.dll\n"
    text += f"File hash (SHA256):\n    {SHA}\nUser: k\n"
    (event,) = read_alert(SUBJECT, text).events
    assert (event.file_path, event.sha256, event.user) == ("C:\\Program Files (x86)\\Vendor\\x.dll", SHA, "k")


def test_labels_on_lines_of_their_own() -> None:
    html = "".join(
        f"<div><span>{label}</span><br><b>{value}</b></div>"
        for label, value in (
            ("コンピュータ", "PC-7"),
            ("親", "chrome.exe"),
            ("性質", "悪意あり"),
            ("フィンガープリント (SHA-256)", SHA),
        )
    )
    (event,) = from_html(html).events
    assert (event.computer, event.parent, event.disposition, event.sha256) == ("PC-7", "chrome.exe", "悪意あり", SHA)


def test_a_table_with_empty_cells_and_a_column_more_than_its_head() -> None:
    head = "".join(f"<th>{name}</th>" for name in ("Timestamp", "Event", "Hostname", "User", "File hash (SHA256)"))
    rows = [
        ("2026-11-17T05:00:01Z", "Threat Detected", "PC-1", "k", SHA),
        ("2026-11-17T05:00:02Z", "Threat Quarantined", "PC-2", "", SHA),
    ]
    body = "".join(
        "<tr>"
        + "".join(f"<td>{cell}</td>" for cell in row)
        + f'<td><a href="{CONSOLE}/{guid}/trajectory2?id={n}4001">open</a></td></tr>'
        for n, (row, guid) in enumerate(zip(rows, (GUID, SECOND), strict=True), start=1)
    )
    events = from_html(f"<table><tr>{head}</tr>{body}</table>").events
    assert [(e.computer, e.user, e.event_type, e.sha256) for e in events] == [
        ("PC-1", "k", "Threat Detected", SHA),
        ("PC-2", None, "Threat Quarantined", SHA),
    ]
    assert [(e.connector_guid, e.event_id) for e in events] == [(GUID, "14001"), (SECOND, "24001")]


def test_the_hashes_of_a_parent_and_an_archive_cut_no_event_in_two() -> None:
    text = f"Computer: PC-7\nArchived file fingerprint (SHA-256): {'e5' * 32}\n"
    text += f"Parent fingerprint (SHA-256): {OTHER}\nFingerprint (SHA-256): {SHA}\n"
    (event,) = read_alert(SUBJECT, text).events
    assert (event.sha256, event.parent_sha256) == (SHA, OTHER)


def test_a_link_that_is_only_said_is_none() -> None:
    said = f"{CONSOLE}/{GUID}/trajectory2?id=123456"
    html = f'<p>Computer: PC-7<br>SHA-256: {SHA}</p><a href="https://console.amp.cisco.com.evil.example/x">{said}</a>'
    (event,) = from_html(html).events
    assert (event.connector_guid, event.event_id) == (None, None)


def test_a_plain_part_that_says_nothing_leaves_it_to_the_html() -> None:
    html = f"<table><tr><th>Computer</th><td>PC-7</td></tr><tr><th>SHA-256</th><td>{SHA}</td></tr></table>"
    (event,) = from_html(html, text="Your mail program shows no HTML.").events
    assert (event.computer, event.sha256) == ("PC-7", SHA)


def test_parts_that_disagree_are_believed_where_the_subject_says_so_and_nowhere_else() -> None:
    html = f"<p>Computer: PC-7<br>SHA-256: {SHA}<br>User: k</p>"
    (event,) = from_html(html, text=f"Computer: PC-70\nSHA-256: {OTHER}\n").events
    assert (event.computer, event.sha256, event.user) == ("PC-7", None, "k")


@pytest.mark.parametrize(
    "name",
    [
        *("Policy Update", "Scan Completed, No Detections", "Endpoint Isolation Start Success", "Fault Cleared"),
        *("ポリシーの更新", "スキャン完了（検出なし）", "エンドポイントの隔離を開始しました", "製品の更新が完了"),
    ],
)
def test_what_informs(name: str) -> None:
    assert says_informational(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Threat Detected",
            "Scan Completed With Detections",
            "Endpoint Isolation Start Failure",
            "Policy Update Failure",
        ),
        *(
            "隔離に失敗しました",
            "スキャン完了（検出あり）",
            "脅威を検出しました",
            "隔離の開始に失敗",
            "ポリシー更新エラー",
            "知らない種類",
            "",
        ),
    ],
)
def test_what_is_a_duty(name: str) -> None:
    assert not says_informational(name)


def test_a_hash_or_a_detection_is_never_only_information() -> None:
    assert not is_informational(ConsoleEvent(event_type="Policy Update", sha256=SHA))
    assert not is_informational(ConsoleEvent(event_type="Policy Update", detection="W32.X"))


def inform(cast: Cast, body: str, subject: str = SUBJECT) -> Disposition | None:
    mail = a_mail(SENDER, ALERTS, subject, body)
    return deliver(mail, SENDER, ALERTS)


def test_a_mail_that_informs_leaves_a_trace_and_no_duty(cast: Cast) -> None:
    cast.acme.created_at = cast.acme.created_at.replace(year=2020)
    assert cast.acme.id in {one.customer_id for one in silent_customers()}
    told = inform(cast, "Event type: Policy Update\nComputer: PC-7\nDate: 2026-11-17T06:04:00Z\n")
    assert told == Disposition.information
    assert db.session.scalar(select(Ticket)) is None
    arrival = db.session.scalars(select(AlertArrival)).one()
    assert (arrival.alert_id, arrival.customer_id, arrival.events) == (None, cast.acme.id, 1)
    assert cast.acme.id not in {one.customer_id for one in silent_customers()}
    assert attached().attached == 0
    assert "お知らせのみ" in cast.erin.get("/desk/mails").text


def test_a_digest_keeps_what_is_a_duty(cast: Cast) -> None:
    body = f"Event type: Policy Update\nComputer: PC-7\n\nEvent type: Threat Detected\nComputer: PC-8\nSHA-256: {SHA}\n"
    assert inform(cast, body) == Disposition.alert
    ticket = db.session.scalars(select(Ticket)).one()
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}/events").text
    assert "PC-8" in page
    assert "PC-7" not in page.split("<main")[1].split("message")[0]


def test_a_digest_without_labels_that_only_informs(cast: Cast) -> None:
    lines = [
        f"- {name}: {CONSOLE}/{GUID}/trajectory2?id=71{n}000"
        for n, name in enumerate(("Policy Update", "Fault Cleared"))
    ]
    assert inform(cast, "\n".join(lines)) == Disposition.information
    lines.append(f"- Threat Detected: {CONSOLE}/{GUID}/trajectory2?id=719000")
    assert inform(cast, "\n".join(lines)) == Disposition.alert


def test_what_nobody_can_read_is_still_a_ticket(cast: Cast) -> None:
    assert inform(cast, "まったく別の形式のお知らせ") == Disposition.alert


def test_one_event_told_in_two_languages_counts_once(cast: Cast) -> None:
    link = f"{CONSOLE}/{GUID}/trajectory2?id=7406812345678901101"
    facts = f"Computer: PC-7\nSHA-256: {SHA}\nDate: 2026-11-17T10:00:00Z\n{link}\n"
    for number, name in enumerate(("ランサムウェアの可能性", "Potential Ransomware")):
        assert inform(cast, f"Event type: {name}\n{facts}", f"{SUBJECT} {number}") == Disposition.alert
    ticket = db.session.scalars(select(Ticket)).one()
    assert len(alert_events_of(alert_of(ticket))) == 1
