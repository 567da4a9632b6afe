"""A file's hash under any label of its family, by its shape and by the console; one worm is one ticket (A2)."""

import pytest
from sqlalchemy import func, select

from helpdesk.alerts.alert_events import computers_of
from helpdesk.alerts.labels import field_of
from helpdesk.alerts.models import Alert, alert_of
from helpdesk.alerts.reading import read_alert
from helpdesk.demo.console_org import detect
from helpdesk.demo.console_state import Console
from helpdesk.extensions import db
from helpdesk.mailgate.ledger import Disposition
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.incident import host, look_up
from tests.mailgate.test_ledger import deliver
from tests.making import alert_events_of, an_alert, reported

SHA, PARENT = "ab" * 32, "cd" * 32
UPPER = SHA.upper()
ARCHIVE = "12" * 32


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("SHA-256", "sha256"),
        ("Fingerprint (SHA-256)", "sha256"),
        ("フィンガープリント (SHA-256)", "sha256"),
        ("フィンガープリント（ＳＨＡ－２５６）", "sha256"),
        ("File hash (SHA256)", "sha256"),
        ("File SHA256 Fingerprint", "sha256"),
        ("検出ファイルのハッシュ値(SHA-256)", "sha256"),
        ("ファイルの SHA-256", "sha256"),
        ("SHA256 checksum", "sha256"),
        ("Parent Fingerprint (SHA-256)", "parent_sha256"),
        ("親プロセスの SHA-256", "parent_sha256"),
        ("Parent File SHA256", "parent_sha256"),
        ("Archive SHA-256", "other_sha256"),
        ("アーカイブのハッシュ値", "other_sha256"),
        ("MD5 hash", None),
        ("SHA-1 fingerprint", None),
        ("Parent file name", "parent"),
        ("Greeting", None),
    ],
)
def test_labels_by_family(label: str, field: str | None) -> None:
    assert field_of(label) == field


HEAD = "Event Type: Threat Detected\nComputer: PC-1\n"


@pytest.mark.parametrize(
    ("lines", "sha256"),
    [
        (f"Fingerprint (SHA-256): {UPPER}", SHA),
        (f"フィンガープリント（SHA-256）：{SHA}", SHA),
        (f"Fingerprint (SHA-256):\n{SHA}", SHA),
        (f"SHA-256 fingerprint\t{SHA}", SHA),
        (f"Fingerprint (SHA-256) {SHA}", SHA),
        (f"The file {SHA} was seen", SHA),
        (f"https://console.amp.cisco.com/file/trajectory/{SHA}", SHA),
        (f"Fingerprint (SHA-256): {SHA}\nParent Fingerprint (SHA-256): {PARENT}", SHA),
        (f"Parent Fingerprint (SHA-256): {PARENT}\nFingerprint (SHA-256): {SHA}", SHA),
        (f"Parent SHA-256:\n{PARENT}\nFile\n{SHA}", SHA),
        (f"Parent SHA-256: {PARENT}", None),
        (f"親プロセス {PARENT}", None),
        (f"Archive SHA-256: {ARCHIVE}\nThe file itself: {SHA}", SHA),
        (f"one {SHA} and another {PARENT}", None),
        (f"https://evil.example/file/trajectory/{SHA}", None),
        (f"https://www.virustotal.example/gui/file/{SHA}", None),
        (f"MD5: {'a' * 32}", None),
    ],
)
def test_the_files_hash_is_found_and_no_others(lines: str, sha256: str | None) -> None:
    (told,) = read_alert("s", f"{HEAD}{lines}\nSeverity: High\n").events
    assert told.sha256 == sha256
    assert told.computer == "PC-1"
    if "Parent Fingerprint" in lines:
        assert told.parent_sha256 == PARENT


def test_several_events_keep_their_hashes_apart() -> None:
    text = "".join(
        f"Computer: PC-{n}\nFingerprint (SHA-256): {n:064x}\nParent Fingerprint (SHA-256): {PARENT}\n\n" for n in (1, 2)
    )
    assert [(one.computer, one.sha256) for one in read_alert("s", text).events] == [
        ("PC-1", f"{1:064x}"),
        ("PC-2", f"{2:064x}"),
    ]


def test_ids_and_disposition_are_read() -> None:
    ids = "Event ID: 6533241145273614339\nDetection ID: 653324\nDisposition: Clean\n"
    text = f"{HEAD}{ids}SHA-256: {SHA}\n"
    first = read_alert("s", text).events[0]
    assert (first.event_id, first.detection_id, first.disposition) == ("6533241145273614339", "653324", "Clean")
    (japanese,) = read_alert("s", f"{HEAD}性質: Malicious\nSHA-256: {SHA}\n").events
    assert japanese.disposition == "Malicious"


def test_links_behind_the_words_of_an_html_mail_are_read(cast: Cast) -> None:
    guid = "0b4883d4-8ecf-4404-9453-13cba0ee7662"
    html = (
        "<table><tr><td>Computer</td><td>PC-7</td></tr></table>"
        f'<a href="https://console.amp.cisco.com/computers/{guid}/trajectory2?id=1234567&amp;x=1">device</a> '
        f"<a href='https://console.amp.cisco.com/file/trajectory/{SHA}'>file</a>"
    )
    raw = f"From: no-reply@amp.cisco.com\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n{html}".encode()
    assert deliver(raw, "no-reply@amp.cisco.com", "alerts+acme@desk.example") == Disposition.alert
    (told,) = alert_events_of(db.session.scalars(select(Alert)).one())
    assert (told.connector_guid, told.event_id, told.sha256) == (guid, "1234567", SHA)


def open_tickets() -> list[Ticket]:
    return list(db.session.scalars(select(Ticket).where(Ticket.closed_at.is_(None))))


WORM = "ef" * 32
NAMES = ["PC-IJI-014", "PC-IJI-009", "PC-IJI-011", "PC-UKE-003", "PC-JIM-001"]


@pytest.mark.parametrize(
    "label", ["Fingerprint (SHA-256): {}", "File hash (SHA256): {}", "フィンガープリント(SHA-256)：{}"]
)
def test_one_worm_on_five_computers_is_one_ticket(cast: Cast, label: str) -> None:
    for name in NAMES:
        an_alert(cast.acme, f"Event Type: Threat Detected\nComputer: {name}\n{label.format(WORM)}\n")
    (ticket,) = open_tickets()
    assert len(computers_of(alert_of(ticket))) == 5
    assert alert_of(ticket).sha256 == WORM


@pytest.mark.parametrize("by_id", [True, False])
def test_where_no_mail_names_the_file_the_console_does_and_tickets_become_one(
    cast: Cast, vendor: Console, by_id: bool
) -> None:
    org = vendor.orgs[0]
    for name in NAMES:
        detect(vendor, org, host(vendor, name), WORM, fails=False)
        event = next(one for one in org["events"] if one["event_type_id"] == 1090519054)
        link = f"https://console.amp.cisco.com/computers/{event['connector_guid']}/trajectory2?id={event['id']}"
        when = f"Date: {event['date']}\n"
        what = f"Event Type: Threat Detected\nComputer: {name}\nDetection: {event['detection']}\n"
        an_alert(cast.acme, f"{what}{link if by_id else when}\n")
    assert len(open_tickets()) == 5
    look_up()
    (ticket,) = open_tickets()
    alert = alert_of(ticket)
    assert (alert.sha256, alert.key) == (WORM, f"file:{WORM}")
    assert {one.name for one in computers_of(alert).values() if one.events} == set(NAMES)
    mails = [one for one in alert_events_of(alert) if one.source.value == "both"]
    assert len(mails) == 5
    assert all(one.sha256 == WORM and one.disposition for one in mails)
    assert len({one.event_id for one in alert_events_of(alert)}) == len(alert_events_of(alert)), "nothing counts twice"
    assert an_alert(cast.acme, f"Computer: PC-NEW\nSHA-256: {WORM}\n") == ticket


def test_an_agent_enters_a_hash_with_a_reason(cast: Cast) -> None:
    ticket = an_alert(cast.acme, "Event Type: Threat Detected\nComputer: PC-1\nDetection: Worm.X\n")
    other = an_alert(cast.acme, f"Computer: PC-2\nSHA-256: {SHA}\n")
    url = f"/desk/tickets/{ticket.reference}/file"
    assert "SHA-256 を入力" in cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    for wrong in ({"sha256": "abc", "reason": "電話で確認"}, {"sha256": SHA, "reason": "x"}):
        assert cast.dana.post(url, wrong).status_code == 409
    answer = cast.dana.post(url, {"sha256": f" {UPPER} ", "reason": "お客様の画面で確認"})
    assert answer.location.endswith(other.reference), "the file's ticket takes it in"
    assert set(computers_of(alert_of(other))) == {"pc-1", "pc-2"}
    assert db.session.scalar(select(func.count()).where(Ticket.closed_at.is_(None))) == 1


def test_a_hash_entered_after_the_report_keeps_the_ticket(cast: Cast) -> None:
    ticket = an_alert(cast.acme, "Event Type: Threat Detected\nComputer: PC-1\nDetection: Worm.X\n")
    alert = reported(ticket, cast.user("dana"), cast.contact("alice"))
    url = f"/desk/tickets/{ticket.reference}/file"
    assert cast.dana.post(url, {"sha256": SHA, "reason": "お客様の画面で確認"}).status_code == 302
    assert (alert.sha256, alert.merged_into_id) == (SHA, None)
    assert cast.dana.post(url, {"sha256": PARENT, "reason": "お客様の画面で確認"}).status_code == 409
    assert "お客様の画面で確認" in cast.dana.get(f"/desk/tickets/{ticket.reference}").text
