"""Changing the service's settings, within bounds that keep its promises."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.settings.acts import SettingsAct
from helpdesk.settings.models import NAMES, SettingsVersion, current_settings, known, of_environment

BOUNDS: Mapping[str, tuple[int, int]] = {
    "first_answer_minutes": (15, 10 * 8 * 60),
    "report_business_days": (1, 10),
    "undo_seconds": (0, 120),
    "reopen_days": (0, 365),
    "silence_days": (1, 365),
    "privacy_business_days": (1, 60),
    "keep_inquiries_days": (0, 36_500),
    "keep_originals_days": (0, 36_500),
    "keep_notices_days": (0, 36_500),
    "keep_sign_ins_days": (0, 36_500),
    "keep_people_days": (0, 36_500),
    "keep_names_days": (0, 36_500),
    "keep_disclosures_days": (1, 36_500),
}
FLOORS: Mapping[str, int] = {
    "keep_inquiries_days": 30,
    "keep_originals_days": 30,
    "keep_notices_days": 30,
    "keep_sign_ins_days": 30,
    "keep_people_days": 30,
    "keep_names_days": 90,
}
"""Where 0 means for ever: the least otherwise. A slip of the finger, or one person alone, does not empty the house."""
TEXT_MAX = 200
HISTORY = 50
CHANGING = 0x736574  # an advisory lock of its own: "set"


def change_settings(by: Actor, wanted: Mapping[str, Any], *, seen: int | None = None) -> SettingsVersion | None:
    """Set what is given; None where nothing differs. What is due already stays due when it was.

    Refused for a provider without a name, beyond the bounds, and where somebody set others since the version that was
    `seen` (0 for none).
    """
    db.session.execute(select(func.pg_advisory_xact_lock(CHANGING)))
    newest = db.session.scalar(select(SettingsVersion).order_by(SettingsVersion.id.desc()).limit(1))
    known(newest.id if newest is not None else None)
    if seen is not None and seen != version_of(newest):
        raise Refusal(
            _(
                "%(name)s changed the settings meanwhile. See below what, and save once more where yours still hold.",
                name=newest.by if newest is not None else "—",
            ),
            field="version",
        )
    before = asdict(current_settings())
    changed = {name: value for name, value in wanted.items() if value != before[name]}
    for name, value in changed.items():
        _check(name, value)
    if not changed:
        return None
    values = dict(newest.values) if newest is not None else {}
    environment = asdict(of_environment())
    # a value that is the environment's follows it again
    values = {name: value for name, value in (values | changed).items() if value != environment[name]}
    version = SettingsVersion(
        at=clock.now(), by=by.name, values=values, changed={name: [before[name], changed[name]] for name in changed}
    )
    db.session.add(version)
    db.session.flush()
    known(version.id)
    record(by, SettingsAct.changed, version, changed=version.changed)
    return version


def version_of(version: SettingsVersion | None) -> int:
    """The number that a page of the settings is shown with."""
    return version.id if version is not None else 0


def _check(name: str, value: Any) -> None:
    if name not in NAMES:
        raise KeyError(name)
    least, most = BOUNDS.get(name, (0, 0))
    if name in BOUNDS and not least <= value <= most:
        raise Refusal(_("From %(least)s to %(most)s.", least=least, most=most), field=name)
    if name in FLOORS and 0 < value < FLOORS[name]:
        raise Refusal(_("0, or from %(least)s to %(most)s.", least=FLOORS[name], most=most), field=name)
    if isinstance(value, str) and len(value) > TEXT_MAX:
        raise Refusal(_("At most %(count)s characters fit here.", count=TEXT_MAX), field=name)
    if name == "provider_name" and not value:
        raise Refusal(_("Write how the provider is called: it stands in every mail."), field=name)


def history() -> Sequence[SettingsVersion]:
    """The newest changes first."""
    rows = select(SettingsVersion).order_by(SettingsVersion.id.desc()).limit(HISTORY)
    return db.session.scalars(rows).all()
