"""What alert mails say. Only the 2018 subject and first words are documented; the other layouts are inferred."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.alerts.reading import EventFacts, alert_subject, read_alert, worst
from helpdesk.tickets.models import Severity

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
    assert event == EventFacts(
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
    assert facts.events == (EventFacts(computer="PC-1", sha256=SHA, connector_guid=guid),)


@pytest.mark.parametrize("text", ["", "nothing here", "a" * 63, "ab" * 33, "Computer:\nSHA-256: unknown"])
def test_a_missing_fact_beats_a_wrong_one(text: str) -> None:
    assert not [e for e in read_alert("hello", text).events if e.sha256]


def test_the_ticket_subject_says_what_and_where() -> None:
    facts = read_alert("s", f"Event Type: Threat Detected\nComputer: PC-1\nFile name: x.exe\nSHA-256: {SHA}")
    assert alert_subject(facts, "s") == "Threat Detected: x.exe (PC-1)"
    assert alert_subject(read_alert("s", ""), "s") == "s"


@given(st.text(max_size=400), st.text(max_size=2000))
@settings(max_examples=200, deadline=None)
def test_any_text_is_survived(subject: str, text: str) -> None:
    assert len(read_alert(subject, text).events) <= 500
