"""What became of a file on a computer, in any order of arrival, and how bad an alert is by it (R10, R11)."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.alerts.outcomes import (
    TICKET_TYPES,
    Outcome,
    as_json,
    from_json,
    judged,
    outcome_of,
    with_event,
    worst,
    worst_of,
)
from helpdesk.console.values import ConsoleEvent, Severity
from helpdesk.tickets.kinds import Priority

NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
DETECTED, QUARANTINED, FAILED, EXECUTED = 1090519054, 553648143, 2164260880, 1107296272


def event(type_id: int, seconds: int = 0, detection_id: str | None = "d1", sha256: str = "ab" * 32) -> ConsoleEvent:
    at = NOON + timedelta(seconds=seconds)
    return ConsoleEvent(computer="PC-1", sha256=sha256, type_id=type_id, detection_id=detection_id, at=at)


def stands(*events: ConsoleEvent) -> Outcome | None:
    items: dict[str, object] = {}
    for one in events:
        items = with_event(items, one)  # type: ignore[arg-type,assignment]
    return worst_of(item.outcome for item in items.values())  # type: ignore[attr-defined]


def test_a_detection_and_its_end_are_one_item_in_any_order() -> None:
    for order in permutations([event(DETECTED), event(QUARANTINED, 2)]):
        assert stands(*order) == Outcome.quarantined
    for order in permutations([event(DETECTED), event(FAILED, 2)]):
        assert stands(*order) == Outcome.failed


def test_a_later_success_mends_a_failure_and_a_later_failure_spoils_a_success() -> None:
    assert stands(event(DETECTED), event(FAILED, 2), event(QUARANTINED, 90)) == Outcome.quarantined
    assert stands(event(DETECTED), event(QUARANTINED, 2), event(FAILED, 90)) == Outcome.failed


def test_two_detections_of_one_computer_are_two_items() -> None:
    assert stands(event(DETECTED), event(QUARANTINED, 1), event(DETECTED, 5, "d2")) == Outcome.detected
    assert stands(event(DETECTED), event(QUARANTINED, 1), event(FAILED, 5, "d2")) == Outcome.failed


def test_without_an_id_file_and_time_join_them() -> None:
    together = [event(DETECTED, 0, None), event(QUARANTINED, 30, None)]
    for order in permutations(together):
        assert stands(*order) == Outcome.quarantined
    again = event(DETECTED, 600, None)
    assert stands(*together, again) == Outcome.detected, "a new detection after the quarantine is open again"


def test_what_ran_is_never_undone_by_a_quarantine() -> None:
    assert stands(event(EXECUTED, 0, None), event(DETECTED, 1), event(QUARANTINED, 2)) == Outcome.executed


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("Threat Quarantined", Outcome.quarantined),
        ("QUARANTINE FAILURE", Outcome.failed),
        ("Cloud Recall Quarantine Attempt Failed", Outcome.failed),
        ("Retrospective Quarantine Attempt Failed", Outcome.failed),
        ("Executed malware", Outcome.executed),
        ("Quarantined, perhaps", Outcome.detected),
        (None, Outcome.detected),
    ],
)
def test_a_name_helps_only_where_it_is_known(name: str | None, outcome: Outcome) -> None:
    assert outcome_of(ConsoleEvent(event_type=name)) == outcome


def test_the_number_counts_and_not_the_name() -> None:
    assert outcome_of(ConsoleEvent(type_id=FAILED, event_type="Threat Quarantined")) == Outcome.failed


@pytest.mark.parametrize(
    ("told", "outcomes", "severity", "priority"),
    [
        (Severity.medium, {Outcome.detected}, Severity.medium, Priority.normal),
        (Severity.medium, {Outcome.quarantined}, Severity.medium, Priority.low),
        (Severity.high, {Outcome.quarantined}, Severity.high, Priority.normal),
        (Severity.critical, {Outcome.quarantined}, Severity.critical, Priority.high),
        (Severity.high, {Outcome.quarantined, Outcome.seen}, Severity.high, Priority.high),
        (Severity.medium, {Outcome.failed, Outcome.quarantined}, Severity.high, Priority.high),
        (None, {Outcome.failed}, Severity.high, Priority.high),
        (Severity.low, {Outcome.executed}, Severity.high, Priority.urgent),
        (Severity.critical, {Outcome.failed}, Severity.critical, Priority.urgent),
        (None, set(), None, Priority.normal),
    ],
)
def test_failed_and_executed_raise_and_all_quarantined_lowers_the_urgency(
    told: Severity | None, outcomes: set[Outcome], severity: Severity | None, priority: Priority
) -> None:
    assert judged(told, outcomes) == (severity, priority)


def test_the_worst_severity_is_the_ticket_s() -> None:
    assert worst([Severity.low, None, Severity.critical, Severity.high]) == Severity.critical
    assert worst([None, None]) is None


def test_events_that_concern_nobody_open_no_ticket() -> None:
    assert {DETECTED, QUARANTINED, FAILED, EXECUTED} <= TICKET_TYPES
    assert not {553648202, 553648204, 554696714, 1003} & TICKET_TYPES


@given(st.lists(st.tuples(st.sampled_from([DETECTED, QUARANTINED, FAILED, EXECUTED]), st.integers(0, 5)), max_size=6))
def test_any_order_of_one_detection_ends_the_same(told: list[tuple[int, int]]) -> None:
    """Events of different moments: whatever the order they arrive in, the item stands the same."""
    events = [event(kind, seconds=120 * index) for index, (kind, _n) in enumerate(told)]
    expected = stands(*events)
    assert stands(*reversed(events)) == expected
    assert stands(*events[1:], *events[:1]) == expected


def test_items_survive_being_stored() -> None:
    items = with_event(with_event({}, event(DETECTED)), ConsoleEvent(computer="x", file_name="f"))
    assert from_json(as_json(items)) == items
