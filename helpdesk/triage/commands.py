"""`helpdesk triage ...`: the suggestion from the command line."""

import json
import sys
from typing import Any

import click

from helpdesk.starting import the_app
from helpdesk.triage.assessment import Assessment, assess
from helpdesk.triage.intake import current_setting
from helpdesk.triage.manuals import ManualSection, current_contents


@click.group()
def triage() -> None:
    """Look at what would be suggested."""


@triage.command("assess")
def assess_lines() -> None:
    """Read inquiries as JSON lines (subject, body, language) from standard input; print a line for each.

    The rules and the manual are the installation's own. A line that is no JSON object ends with its number.
    """
    with the_app().app_context():
        setting = current_setting()
        sections = {section.key: section for section in current_contents()}
        for number, line in enumerate(sys.stdin, 1):
            if not line.strip():
                continue
            inquiry = _inquiry(line, number)
            found = assess(
                str(inquiry.get("subject") or ""),
                str(inquiry.get("body") or ""),
                rules=setting.rules,
                index=setting.index,
            )
            language = "en" if inquiry.get("language") == "en" else "ja"
            click.echo(json.dumps(_worded(found, sections, language), ensure_ascii=False))


def _inquiry(line: str, number: int) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise click.ClickException(f"line {number} is no JSON object with subject, body and language")
    return found


def _worded(found: Assessment, sections: dict[str, ManualSection], language: str) -> dict[str, Any]:
    return {
        "verdict": found.verdict.value,
        "confidence": found.confidence / 100,
        "reasons": [reason[language] for reason in found.reasons],
        "places": [_place(sections[place.key], language) for place in found.places if place.key in sections],
    }


def _place(section: ManualSection, language: str) -> dict[str, Any]:
    manual = section.manual
    return {
        "manual": manual.title(language),
        "edition": manual.edition,
        "section": section.key,
        "page": section.page,
        "title": section.title(language),
    }
