"""Changing the provider's template of reports: each change is a version, and old reports keep theirs (R30)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from helpdesk import clock
from helpdesk.accounts.models import User
from helpdesk.audit.models import record
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.files.models import store
from helpdesk.reports.acts import ReportAct
from helpdesk.reports.models import ReportLayout, current_layout
from helpdesk.settings.logos import checked_logo

TEXT_MAX = 2000
SECTIONS = (
    "weekly",
    "outcomes",
    "trend",
    "verdicts",
    "hosts",
    "types",
    "times",
    "incidents",
    "inquiries",
    "console",
    "open",
    "late",
)


@dataclass(frozen=True)
class LayoutWords:
    """What a person entered. `shown` are keys of sections; `accent` a colour such as #1d5c88."""

    accent: str
    greeting_ja: str
    greeting_en: str
    closing_ja: str
    closing_en: str
    shown: Sequence[str]


def change_layout(by: User, words: LayoutWords, logo: bytes | None, *, drop_logo: bool = False) -> ReportLayout:
    """Add a version. Without a new logo the one before stays. Refused for what cannot be printed."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", words.accent):
        raise Refusal(_("Write a colour such as #1d5c88."), field="accent")
    texts = (words.greeting_ja, words.greeting_en, words.closing_ja, words.closing_en)
    if max(map(len, texts)) > TEXT_MAX:
        raise Refusal(_("At most %(count)s characters fit here.", count=TEXT_MAX))
    before = current_layout()
    row = ReportLayout(
        at=clock.now(),
        by=by.name,
        accent=words.accent.lower(),
        greeting_ja=words.greeting_ja.strip(),
        greeting_en=words.greeting_en.strip(),
        closing_ja=words.closing_ja.strip(),
        closing_en=words.closing_en.strip(),
        hidden=[key for key in SECTIONS if key not in words.shown],
    )
    if logo:
        row.logo_sha256 = store(checked_logo(logo))
    elif before is not None and not drop_logo:
        row.logo_sha256 = before.logo_sha256
    db.session.add(row)
    db.session.flush()
    record(by.actor(), ReportAct.layout_changed, row)
    return row
