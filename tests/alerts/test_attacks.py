"""What an attacker found on the running product once, each with its smallest input (S3, A1, A2, A4)."""

import pytest
from sqlalchemy import select, update

from helpdesk import clock
from helpdesk.actions.models import ActionKind
from helpdesk.actions.proposing import Proposal, ProposedTarget, propose
from helpdesk.alerts.alert_events import computers_of
from helpdesk.alerts.completions import Completion, ConsolePoll, set_polling
from helpdesk.alerts.models import Alert, alert_of
from helpdesk.alerts.outcomes import Outcome
from helpdesk.alerts.reading import read_alert
from helpdesk.audit.models import SYSTEM
from helpdesk.console.values import Severity
from helpdesk.demo.console_org import detect
from helpdesk.demo.console_state import DEMO_SHA, Console
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.folding import folded_name
from helpdesk.mailgate.ledger import IncomingMail
from helpdesk.tickets.kinds import Priority
from helpdesk.tickets.models import Ticket
from helpdesk.web.alert_panel import alert_panel
from tests.alerts.test_trust import CISCO, FAIL, GUID, PASS, SHA, event, guid_of, look_up, outcomes, tell
from tests.conftest import Cast
from tests.incident import host, poll
from tests.mailgate.test_ledger import deliver
from tests.making import alert_events_of, completion_of, reported

ALERTS, SUPPORT = "alerts+acme@desk.example", "support@desk.example"
LINK = f"https://console.amp.cisco.com/computers/{GUID}/trajectory2?id=77777777\n"


def test_the_portals_home_shows_an_isolation_that_waits(cast: Cast, known_vendor: Console) -> None:
    ticket = tell(PASS, event("Threat Detected", "PC-JIM-001"))
    assert ticket is not None
    look_up()
    reported(ticket, cast.user("dana"), cast.contact("alice"))
    cast.dana.post(f"/desk/tickets/{ticket.reference}/actions", {"kind": "isolate", "computer": "PC-JIM-001"})
    page = cast.alice.get("/portal/")
    assert page.status_code == 200
    assert "PC-JIM-001" in page.text


@pytest.mark.parametrize("names", [("PC-İ2", "pc-i2"), ("ΟΔΟΣ", "οδος"), ("PC-ẞ", "pc-ß"), ("ＰＣ", "ｐｃ")])
def test_names_fold_as_the_database_folds_them(cast: Cast, known_vendor: Console, names: tuple[str, str]) -> None:
    one, other = names
    assert folded_name(one) == db.session.scalar(select(db.func.lower(one)))
    ticket = tell(PASS, event("Threat Detected", one))
    assert tell(PASS, event("Quarantine Failure", one)) == ticket
    assert tell(PASS, event("Quarantine Failure", other)) == ticket
    assert ticket is not None
    assert list(outcomes(ticket).values()) == [Outcome.failed] * len({folded_name(one), folded_name(other)})
    look_up()
    lookup = completion_of(alert_of(ticket))
    assert lookup is not None and lookup.state == ErrandState.done


@pytest.mark.parametrize("to", [ALERTS, SUPPORT])
@pytest.mark.parametrize("closed", [True, False])
def test_a_forged_mail_with_a_number_does_not_land_on_a_genuine_alert(cast: Cast, to: str, closed: bool) -> None:
    genuine = tell(PASS, event("Quarantine Failure"))
    assert genuine is not None
    if closed:
        genuine.close(SYSTEM)
        db.session.commit()
    version = genuine.version
    head = f"Authentication-Results: mx.desk.example; {FAIL}\r\nFrom: {CISCO}\r\nTo: {to}\r\n"
    deliver(f"{head}Subject: [{genuine.reference}]\r\n\r\npay here".encode(), CISCO, to)
    assert (genuine.version, genuine.closed) == (version, closed)
    row = db.session.scalars(select(IncomingMail).order_by(IncomingMail.id.desc())).first()
    assert row is not None and row.ticket is not None and row.ticket.failed_check


def test_who_vouches_stands_for_what_there_was_not_for_what_comes(cast: Cast) -> None:
    ticket = tell(FAIL, event("Threat Detected"))
    assert ticket is not None
    alert_of(ticket).vouch(cast.user("dana"), "電話で確認しました")
    db.session.commit()
    later = tell(FAIL, event("Executed malware", "PC-2", severity="Critical"))
    assert later is not None and later != ticket
    assert outcomes(ticket) == {"PC-1": Outcome.detected}
    assert not alert_of(later).believed
    assert tell(FAIL, event("Threat Detected", "PC-3")) == later


def test_marks_of_what_failed_stand_on_lists_and_on_actions(cast: Cast) -> None:
    ticket = tell(FAIL, event("Threat Detected"))
    other = tell(PASS, event("Threat Detected", "PC-5", sha="55" * 32))
    assert ticket is not None and other is not None
    assert "送信元は未確認" in cast.alice.get("/portal/tickets?kind=alert&whose=all").text
    assert "なりすまし" in cast.dana.get(f"/desk/tickets/{ticket.reference}/actions").text
    assert "差出人の検証に失敗" in cast.dana.get(f"/desk/tickets/{other.reference}").text, "among the recent tickets"


def test_somebody_elses_verified_mail_is_no_consoles(cast: Cast) -> None:
    genuine = tell(PASS, event("Quarantine Failure"))
    assert genuine is not None
    head = "Authentication-Results: mx.desk.example; dmarc=pass header.from=evil.example\r\nFrom: m@evil.example\r\n"
    text = event("Threat Quarantined", severity="Low")
    deliver(f"{head}To: {ALERTS}\r\nSubject: x\r\n\r\n{text}".encode(), "m@evil.example", ALERTS)
    assert outcomes(genuine) == {"PC-1": Outcome.failed}
    assert genuine.priority == Priority.high
    assert [one.trust.value for one in alert_events_of(alert_of(genuine))] == ["verified", "unknown"]


def test_an_id_alone_swallows_nothing(cast: Cast) -> None:
    spam = tell(None, f"Event Type: Threat Detected\nDetection: spam\n{LINK}")
    assert spam is not None
    spam.close(SYSTEM)
    db.session.commit()
    genuine = tell(PASS, event("Executed malware", severity="Critical", more=LINK))
    assert genuine is not None and genuine != spam
    assert (genuine.severity, genuine.due_at is not None) == (Severity.critical, True)


def test_a_mail_without_a_verdict_swallows_no_verified_one(cast: Cast) -> None:
    ticket = tell(None, event("Threat Quarantined", severity="Low", more=LINK))
    assert tell(PASS, event("Executed malware", severity="Critical", more=LINK)) == ticket
    assert ticket is not None
    assert (ticket.severity, outcomes(ticket)) == (Severity.critical, {"PC-1": Outcome.executed})


def test_rounded_ids_of_two_types_are_two_events(cast: Cast) -> None:
    ticket = tell(PASS, event("Threat Detected", severity="Medium", more=LINK))
    assert tell(PASS, event("Quarantine Failure", more=LINK)) == ticket
    assert ticket is not None
    assert outcomes(ticket) == {"PC-1": Outcome.failed}


def test_a_second_mail_of_an_event_adds_the_hash_it_tells(cast: Cast) -> None:
    what = "Event Type: Threat Detected\nComputer: PC-1\nDetection: X\n"
    ticket = tell(PASS, f"{what}{LINK}")
    assert tell(PASS, f"{what}SHA-256: {SHA}\n{LINK}") == ticket
    assert ticket is not None
    assert alert_of(ticket).sha256 == SHA
    assert len(alert_events_of(alert_of(ticket))) == 1


def test_two_files_under_one_host_key_stay_two(cast: Cast, known_vendor: Console) -> None:
    detect(known_vendor, known_vendor.orgs[0], host(known_vendor, "PC-IJI-011"), "ef" * 32, fails=False)
    told = next(one for one in known_vendor.orgs[0]["events"] if one["event_type_id"] == 1090519054)
    link = f"https://console.amp.cisco.com/computers/{told['connector_guid']}/trajectory2?id={told['id']}\n"
    ticket = tell(PASS, f"Event Type: Threat Detected\nComputer: PC-IJI-011\n{link}")
    assert tell(PASS, "Event Type: Threat Detected\nComputer: PC-IJI-011\nFile name: other.exe\n") == ticket
    assert ticket is not None
    look_up()
    assert alert_of(ticket).sha256 is None, "the other event may be of another file"


def test_a_severity_of_a_mail_nobody_verified_gives_way_to_the_consoles(cast: Cast, known_vendor: Console) -> None:
    on = host(known_vendor, "PC-IJI-011")
    file = {"disposition": "Malicious", "identity": {"sha256": "ef" * 32}}
    told = known_vendor.add_event(known_vendor.orgs[0], on, 1107296274, severity="Critical", file=file)
    link = f"https://console.amp.cisco.com/computers/{told['connector_guid']}/trajectory2?id={told['id']}\n"
    ticket = tell(None, event("Cloud IOC", "PC-IJI-011", sha="ef" * 32, severity="Low", more=link))
    assert ticket is not None
    look_up()
    assert ticket.severity == Severity.critical


def test_a_mail_nobody_verified_does_not_rename_the_file(cast: Cast) -> None:
    ticket = tell(PASS, event("Quarantine Failure"))
    tell(None, event("Quarantine Failure", more="Detection: EICAR\n").replace("bad.exe", "readme.txt"))
    assert ticket is not None
    assert alert_panel(ticket).file_name == "bad.exe"


def test_the_consoles_events_join_no_closed_ticket_by_a_mails_detection_id(cast: Cast, known_vendor: Console) -> None:
    told = next(one for one in known_vendor.orgs[0]["events"] if one["event_type_id"] == 2164260880)
    for name in ("PC-NOWHERE", "PC-IJI-014"):
        spam = tell(None, event("x", name, sha=DEMO_SHA, more=f"Detection ID: {told['detection_id']}\n"))
        assert spam is not None
        spam.close(SYSTEM)
    set_polling(SYSTEM, cast.acme, True)
    db.session.execute(update(ConsolePoll).values(since=clock.now().replace(month=1)))
    poll()
    fresh = db.session.scalars(select(Ticket).where(Ticket.closed_at.is_(None))).one()
    assert outcomes(fresh)["PC-IJI-014"] == Outcome.failed


def test_of_two_computers_of_one_name_neither_is_a_target(cast: Cast, known_vendor: Console) -> None:
    org = known_vendor.orgs[0]
    twin = {**host(known_vendor, "PC-JIM-001"), "connector_guid": GUID, "files": []}
    org["computers"].append(twin)
    for one in (host(known_vendor, "PC-JIM-001"), twin):
        detect(known_vendor, org, one, "ef" * 32, fails=one is twin)
    ticket = tell(PASS, event("Threat Detected", "PC-JIM-001", sha="ef" * 32))
    assert ticket is not None
    look_up()
    alert = reported(ticket, cast.user("dana"), cast.contact("alice"))
    row = computers_of(alert)["pc-jim-001"]
    assert (row.guid, row.lists) == (None, None)
    assert GUID in (row.doubt or "")
    for guid in (GUID, guid_of(known_vendor, "PC-JIM-001")):
        with pytest.raises(Refusal):
            propose(cast.user("dana"), alert, Proposal(ActionKind.isolate, [ProposedTarget(guid, "PC-JIM-001")]))


@pytest.mark.parametrize(
    "link",
    [
        f"https://evil.example/r?u='https://console.amp.cisco.com/computers/{GUID}/trajectory2?id=77777777",
        f"https://evil.example/r?u=<https://console.amp.cisco.com/computers/{GUID}/trajectory2?id=77777777>",
        f"https://evil.example/r?u=「https://console.amp.cisco.com/computers/{GUID}/trajectory2?id=77777777」",
        f"javascript:https://console.amp.cisco.com/computers/{GUID}/trajectory2?id=77777777",
        f"xhttps://console.amp.cisco.com/computers/{GUID}/trajectory2?id=77777777",
        f"https://console.amp.cisco.com/redirect?to=https://evil.example/computers/{GUID}/trajectory2?id=77777777",
        f"https://console.amp.cisco.com/groups/x?y=/computers/{GUID}",
    ],
)
def test_tails_of_other_links_and_other_pages_say_nothing(link: str) -> None:
    (told,) = read_alert("s", f"Computer: PC-1\n{link}\n").events
    assert (told.connector_guid, told.event_id) == (None, None)


@pytest.mark.parametrize("open_", ["<{}>", "({})", "「{}」", "{}", "| {} |", "リンク：{}"])
def test_a_link_in_brackets_of_its_own_counts(open_: str) -> None:
    (told,) = read_alert("s", f"Computer: PC-1\n{open_.format(LINK.strip())}\n").events
    assert (told.connector_guid, told.event_id) == (GUID, "77777777")


def test_two_connectors_on_one_line_are_none() -> None:
    other = LINK.strip().replace(GUID[:8], "ffffffff")
    (told,) = read_alert("s", f"Computer: PC-1\n{LINK.strip()} {other}\n").events
    assert told.connector_guid is None


PARENT = "cd" * 32


@pytest.mark.parametrize(
    "lines",
    [
        f"作成元のSHA-256：{PARENT}",
        f"起動元ハッシュ：{PARENT}",
        f"ZIPファイルのSHA-256：{PARENT}",
        f"Dropper SHA-256: {PARENT}",
        f"Parent process:\nSHA-256: {PARENT}",
        f"Parent\nFile name: explorer.exe\nSHA-256: {PARENT}",
        f"launched by explorer.exe (SHA-256 {PARENT})",
    ],
)
def test_anothers_hash_is_not_the_files(lines: str) -> None:
    (told,) = read_alert("s", f"Event Type: Threat Detected\nComputer: PC-1\nSHA-256: {SHA}\n\n{lines}\n").events
    assert told.sha256 == SHA


@pytest.mark.parametrize("cut", ["\u200b", "\ufeff", "\xad"])
def test_characters_without_width_cut_no_hash(cut: str) -> None:
    (told,) = read_alert("s", f"Computer: PC-1\nSHA-256: {SHA[:32]}{cut}{SHA[32:]}\n").events
    assert told.sha256 == SHA


@pytest.mark.parametrize("between", ["\t", " | "])
def test_a_table_with_headings_is_one_event_a_row(between: str) -> None:
    rows = [("Computer", "Event", "SHA-256"), ("PC-1", "Threat Detected", SHA), ("PC-2", "Threat Quarantined", PARENT)]
    text = "Hello,\n\n" + "\n".join(between.join(row) for row in rows) + "\n\nRegards\n"
    assert [(one.computer, one.event_type, one.sha256) for one in read_alert("s", text).events] == [
        ("PC-1", "Threat Detected", SHA),
        ("PC-2", "Threat Quarantined", PARENT),
    ]


@pytest.mark.parametrize(
    ("line", "name"),
    [("Computer: PC-1 (10.2.3.4)", "PC-1"), ("端末：PC-1（営業部 田中）", "PC-1"), ("Computer:\nPC-1", "PC-1")],
)
def test_a_computers_name_is_its_name(line: str, name: str) -> None:
    (told,) = read_alert("s", f"Event Type: Threat Detected\n{line}\nSHA-256: {SHA}\n").events
    assert told.computer == name


def test_links_behind_words_of_several_events_are_theirs_in_order() -> None:
    base = "https://console.amp.cisco.com/file/trajectory/"
    text = "Computer: PC-1\nEvent: Threat Detected\n\nComputer: PC-2\nEvent: Threat Detected\n"
    found = read_alert("s", text, links=[f"{base}{SHA}", f"{base}{PARENT}"]).events
    assert [one.sha256 for one in found] == [SHA, PARENT]


def test_a_failed_quarantine_in_japanese_words_raises(cast: Cast) -> None:
    ticket = tell(PASS, f"イベントタイプ：隔離の失敗\n端末：PC-1\nSHA-256：{SHA}\n重大度：中\n")
    assert ticket is not None
    assert (outcomes(ticket), ticket.severity) == ({"PC-1": Outcome.failed}, Severity.high)


def test_a_worm_told_by_links_alone_is_one_ticket(cast: Cast, known_vendor: Console) -> None:
    org = known_vendor.orgs[0]
    for name in ("PC-IJI-014", "PC-IJI-009", "PC-IJI-011"):
        detect(known_vendor, org, host(known_vendor, name), "ef" * 32, fails=False)
        told = next(one for one in org["events"] if one["event_type_id"] == 1090519054)
        link = f"https://console.amp.cisco.com/computers/{told['connector_guid']}/trajectory2?id={told['id']}"
        tell(PASS, f"Threat Detected on {name}\n{link}\n", subject="alert")
    db.session.execute(update(Completion).values(due_at=clock.now()))
    look_up()
    (ticket,) = db.session.scalars(select(Ticket).where(Ticket.closed_at.is_(None)))
    assert alert_of(ticket).sha256 == "ef" * 32


@pytest.mark.parametrize(
    ("kind", "computer", "news"),
    [(553648143, "PC-UKE-003", True), (2164260893, "PC-JIM-001", True), (553648143, "PC-JIM-001", False)],
)
def test_news_that_only_the_console_tells_opens_what_is_due(
    cast: Cast, known_vendor: Console, kind: int, computer: str, news: bool
) -> None:
    org, sha = known_vendor.orgs[0], "ef" * 32
    org["events"].clear()
    detect(known_vendor, org, host(known_vendor, "PC-JIM-001"), sha, fails=False)
    ticket = tell(PASS, event("Threat Detected", "PC-JIM-001", sha=sha))
    assert ticket is not None
    look_up()
    alert = reported(ticket, cast.user("dana"), cast.contact("alice"))
    detection = next(one["detection_id"] for one in org["events"])
    own = detection if computer == "PC-JIM-001" else None
    file = {"disposition": "Malicious", "identity": {"sha256": sha}}
    known_vendor.add_event(org, host(known_vendor, computer), kind, severity="High", detection_id=own, file=file)
    set_polling(SYSTEM, cast.acme, True)
    poll()
    opened = list(db.session.scalars(select(Alert).where(Alert.id != alert.id)))
    assert bool(opened) is news
    assert all(one.ticket.due_at is not None for one in opened)
