"""What is due on which day, by which clause and for whom: gathered from the rooms, kept nowhere twice.

Each duty is a day, not a moment; days are of the service's zone. What is past and still to be done is late.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from helpdesk.contracts.dates import Explained


class DutyKind(enum.StrEnum):
    alert = "alert"
    contract = "contract"
    report = "report"
    people = "people"
    reseller = "reseller"


@dataclass(frozen=True)
class Duty:
    """`what` is a key of DUTY_WORDS, `values` fill its words. `to_do`: somebody has to act; otherwise it just happens.

    `place` names what it is about for a link: `customer` with an id, `people` with their customer's, `personal` with a
    request's; `contracts`, `alerts`, `reports` or `billing` for all.
    """

    kind: DutyKind
    what: str
    on: date
    clause: str = ""
    whom: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    why: Explained | None = None
    place: tuple[str, int] = ("", 0)
    to_do: bool = True

    @property
    def key(self) -> str:
        """Names it among the others, the same tomorrow."""
        return f"{self.what}-{self.place[1] or 'all'}-{self.on:%Y%m%d}"

    def late(self, today: date) -> bool:
        return self.to_do and self.on < today

    def shown_on(self, today: date) -> date:
        """Late duties stand on today."""
        return today if self.late(today) else self.on


def by_day(duties: Sequence[Duty], today: date) -> dict[date, list[Duty]]:
    """Each day's duties, late ones first."""
    found: dict[date, list[Duty]] = {}
    for duty in sorted(duties, key=lambda one: (not one.late(today), one.on, one.kind, one.whom)):
        found.setdefault(duty.shown_on(today), []).append(duty)
    return found
