"""An alert mail's plain and HTML parts as one reading: what one lacks the other may tell, and where they disagree on
what the alert is about, nothing is taken for sure. Pure (R10)."""

import re
from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from typing import Any

from helpdesk.alerts.labels import is_ours
from helpdesk.alerts.reading import AlertFacts, read_alert, subject_host
from helpdesk.console.values import ConsoleEvent

_LINK = re.compile(r"https?://[^\s<>\"'「」『』（）]{1,2000}", re.IGNORECASE)
_TOLD = tuple(field.name for field in fields(ConsoleEvent) if field.name not in ("trust", "raw"))
_TARGETS = ("computer", "sha256", "connector_guid", "event_id", "detection_id")
"""What decides what an alert is about: of two that disagree neither is taken."""


def read_parts(
    subject: str, text: str, html_words: str, *, hosts: Collection[str], hrefs: Sequence[str] = ()
) -> AlertFacts:
    """The facts of a mail whose words are `text`, its HTML part's `html_words`; `hrefs` are where its links lead.

    What an HTML part only says is a link is none.
    """
    if not html_words.strip():
        return read_alert(subject, text, hosts=hosts)
    honest = _LINK.sub(lambda link: link[0] if not is_ours(link[0], hosts) or link[0] in hrefs else " ", html_words)
    of_html = read_alert(subject, honest, hosts=hosts, links=hrefs)
    if _letters(text) == _letters(html_words):
        return of_html
    of_text = read_alert(subject, text, hosts=hosts, links=hrefs)
    if len(of_text.events) != len(of_html.events):
        return max(of_text, of_html, key=_weight)
    pairs = zip(of_text.events, of_html.events, strict=True)
    host = subject_host(subject)
    events = tuple(_agreed(one, other, host) for one, other in pairs)
    return AlertFacts(events, of_text.recognised or of_html.recognised)


def _agreed(one: ConsoleEvent, other: ConsoleEvent, host: str | None) -> ConsoleEvent:
    changes: dict[str, Any] = {}
    for name in _TOLD:
        first, second = getattr(one, name), getattr(other, name)
        if first is None:
            changes[name] = second
        elif second not in (None, first) and name in _TARGETS:
            changes[name] = host if name == "computer" and host in (first, second) else None
    return replace(one, **changes)


def _weight(facts: AlertFacts) -> int:
    return sum(getattr(event, name) is not None for event in facts.events for name in _TOLD)


def _letters(words: str) -> str:
    return "".join(words.split())
