"""The small manual that ships with the product: what a first start refers to, and what examples are labelled with."""

import json
from functools import cache
from typing import Any

from helpdesk.manuals.index import Section
from helpdesk.manuals.models import ManualSection
from helpdesk.resources import PACKAGE

SAMPLE = PACKAGE / "manuals" / "sample.json"


@cache
def sample_sections() -> tuple[Section, ...]:
    """Its sections as values, without a database."""
    return tuple(ManualSection(**section).as_section() for section in sample_manual()["sections"])


def sample_manual() -> dict[str, Any]:
    """Its columns, and those of its `sections`."""
    kept: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return kept
