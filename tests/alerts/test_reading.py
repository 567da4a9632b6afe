"""What alert mails say. Only the 2018 subject and first words are documented; the other layouts are inferred."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.alerts.outcomes import worst
from helpdesk.alerts.reading import alert_subject, read_alert
from helpdesk.console.values import ConsoleEvent, Severity
from helpdesk.mailgate.html_words import text_of_html
from tests.hostile import examples

SHA, OTHER = "a1" * 32, "B2" * 32
OLD = "[Cisco AMP for Endpoints Subscription] [EICAR] Matching Events Found On PC-1"
NEW = "[Cisco Secure Endpoint Subscription] [毎時] Matching Events Found On pc-2.acme.example"
DIGEST = "[Cisco Secure Endpoint Subscription] [All] Matching Events Found"


@pytest.mark.parametrize(("subject", "host"), [(OLD, "PC-1"), (NEW, "pc-2.acme.example"), (DIGEST, None)])
def test_subjects_of_both_brands(subject: str, host: str | None) -> None:
    facts = read_alert(subject, f"Hello Alice,\n\nFile SHA-256: {SHA}\n")
    assert facts.recognised
    assert facts.events[0].computer == host
    assert facts.events[0].sha256 == SHA


def test_labels_in_japanese_and_any_order() -> None:
    text = f"重大度：高\nファイル名：請求書.exe\nSHA-256：{SHA}\nコンピューター名：PC-9\n"
    text += "ユーザー：sato\nイベントタイプ：脅威を検出\n"
    (event,) = read_alert("通知", text).events
    assert event == ConsoleEvent(
        computer="PC-9",
        user="sato",
        file_name="請求書.exe",
        sha256=SHA,
        event_type="脅威を検出",
        severity=Severity.high,
    )


def test_several_events_in_one_mail() -> None:
    text = f"Computer: A\nSHA-256: {SHA}\n\nComputer: B\nSHA-256: {OTHER}\nSeverity: Critical\n"
    facts = read_alert(DIGEST, text)
    assert [(e.computer, e.sha256) for e in facts.events] == [("A", SHA), ("B", OTHER.lower())]
    assert worst([e.severity for e in facts.events]) == Severity.critical


def test_facts_by_shape_where_no_label_is_known() -> None:
    guid = "0b4883d4-8ecf-4404-9453-13cba0ee7662"
    facts = read_alert(OLD, f"see https://console.amp.cisco.com/computers/{guid}/trajectory2 and {SHA} there")
    assert facts.events == (ConsoleEvent(computer="PC-1", sha256=SHA, connector_guid=guid),)


@pytest.mark.parametrize("text", ["", "nothing here", "a" * 63, "ab" * 33, "Computer:\nSHA-256: unknown"])
def test_a_missing_fact_beats_a_wrong_one(text: str) -> None:
    assert not [e for e in read_alert("hello", text).events if e.sha256]


def test_the_ticket_subject_says_what_and_where() -> None:
    facts = read_alert("s", f"Event Type: Threat Detected\nComputer: PC-1\nFile name: x.exe\nSHA-256: {SHA}")
    assert alert_subject(facts, "s") == "Threat Detected: x.exe (PC-1)"
    assert alert_subject(read_alert("s", ""), "s") == "s"


@given(st.text(max_size=400), st.text(max_size=2000))
@settings(max_examples=examples(200), deadline=None)
def test_any_text_is_survived(subject: str, text: str) -> None:
    assert len(read_alert(subject, text).events) <= 500


def test_a_table_in_an_html_mail_is_read() -> None:
    html = f"<table><tr><th>Computer</th><td>PC-7</td></tr><tr><td>SHA-256</td><td> {SHA} </td></tr></table>"
    (event,) = read_alert("s", text_of_html(html)).events
    assert (event.computer, event.sha256) == ("PC-7", SHA)


def test_paragraphs_keep_their_facts_to_themselves() -> None:
    """The second event tells its user first: it must not become the first one's."""
    text = f"Computer: A\nSHA-256: {SHA}\n\nUser: sato\nComputer: B\nSHA-256: {OTHER}\n"
    first, second = read_alert(DIGEST, text).events
    assert (first.computer, first.user) == ("A", None)
    assert (second.computer, second.user) == ("B", "sato")


def test_one_event_in_several_paragraphs_is_one() -> None:
    (event,) = read_alert("s", f"Computer: A\nUser: sato\n\nFile name: x.exe\nSHA-256: {SHA}\n").events
    assert (event.computer, event.user, event.file_name, event.sha256) == ("A", "sato", "x.exe", SHA)


@pytest.mark.parametrize("nothing", ["Not Available", "N/A", "-", "不明", "unknown"])
def test_what_the_mail_says_it_does_not_know_is_unknown(nothing: str) -> None:
    (event,) = read_alert("s", f"Computer: A\nUser: {nothing}\nSHA-256: {SHA}\n").events
    assert event.user is None


@pytest.mark.parametrize(
    ("words", "hour"),
    [
        ("2026-11-24T10:05:52+00:00", 10),
        ("2026-11-24 19:05:52 JST", 10),
        ("Tue, 24 Nov 2026 10:05:52 +0000", 10),
        ("2026-11-24 10:05:52 UTC", 10),
        ("Tue, 24 Nov 2026 10:05:52 GMT", 10),
        ("Tue, 24 Nov 2026 10:05:52 UTC", 10),
        ("Tue, 24 Nov 2026 19:05:52 JST", 10),
        ("Tue, 24 Nov 2026 19:05:52 +0900", 10),
        ("Tue, 24 Nov 2026 10:05:52", None),
        ("Tue, 24 Nov 2026 19:05:52 +0900 JST", 10),
        ("Tue, 24 Nov 2026 10:05:52 UTC +0900", None),
        ("Tue, 24 Nov 2026 19:05:52 +0900 (JST)", 10),
        ("Tue, 24 Nov 2026 10:05:52 +0000 JST", None),
        ("2026-11-24T19:05:52+09:00", 10),
        ("2026-11-24 10:05:52", None),
        ("yesterday", None),
    ],
)
def test_times_count_only_with_their_zone(words: str, hour: int | None) -> None:
    (event,) = read_alert("s", f"Computer: A\nDate: {words}\nSHA-256: {SHA}\n").events
    assert (event.at.hour if event.at else None) == hour


def test_emphasis_and_bullets_do_not_hide_a_label() -> None:
    (event,) = read_alert("s", f"* **Computer:** PC-3\n・ハッシュ値：{SHA}\n> Severity | High").events
    assert (event.computer, event.sha256, event.severity) == ("PC-3", SHA, Severity.high)


def test_the_header_of_a_forwarded_mail_tells_no_facts() -> None:
    text = f"From: a\nDate: 2026-11-24T10:05:52+00:00\nSubject: s\n\nComputer: A\nSHA-256: {SHA}\n"
    (event,) = read_alert("s", text).events
    assert (event.computer, event.at) == ("A", None)
