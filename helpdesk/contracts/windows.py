"""Other days that the terms count: deemed delivery, the window of the liability cap, licence and support ends."""

import calendar
import enum
from dataclasses import dataclass
from datetime import date, timedelta

from helpdesk.calendar.hours import DAY, ServiceHours
from helpdesk.contracts.dates import Explained, month_end, month_start, told

POST_BUSINESS_DAYS = 3
LIABILITY_MONTHS = 3
OVERVIEW_BUSINESS_DAYS = 10


class Sent(enum.StrEnum):
    """How something was sent."""

    mail = "mail"
    post = "post"


def deemed_delivery(sent_on: date, way: Sent, hours: ServiceHours) -> Explained:
    """When what was sent to the last contact on record counts as known, where a change was not reported (3-8, 3-9).

    The terms say `when it would normally have arrived`: a mail on its day, a letter three business days later
    (interpretation).
    """
    on = sent_on if way == Sent.mail else hours.business_day_after(sent_on, POST_BUSINESS_DAYS)
    values = {"sent": sent_on, "on": on}
    ja = {Sent.mail: "メールはその日に届く", Sent.post: f"郵便は通常{POST_BUSINESS_DAYS}営業日で届く"}
    en = {Sent.mail: "a mail takes no day", Sent.post: f"a letter takes {POST_BUSINESS_DAYS} business days"}
    return told(
        on,
        (
            "3-8, 3-9: 連絡先の変更の届出がないとき、{sent}の送付は、"
            f"{ja[way]}ものとして{{on}}に到達したものとして扱います。",
            values,
        ),
        (
            "3-8, 3-9: where a change was not reported, what was sent on {sent} counts as known on {on}: "
            f"normally {en[way]}.",
            values,
        ),
    )


@dataclass(frozen=True)
class LiabilityWindow:
    """The days whose payments bound the liability for damage of a day, both included, and how they came about."""

    first: date
    last: Explained


def liability_window(damage_on: date) -> LiabilityWindow:
    """What was paid in the three months right before the damage (7-4): from the same day three months before it.

    The other reading takes the three calendar months before the one of the damage.
    """
    first = _months_before(damage_on, LIABILITY_MONTHS)
    last = damage_on - DAY
    values = {
        "damage": damage_on,
        "first": first,
        "last": last,
        "other_first": month_start(damage_on, -LIABILITY_MONTHS),
        "other_last": month_end(damage_on, -1),
    }
    return LiabilityWindow(
        first,
        told(
            last,
            (
                "7-4: 損害発生日{damage}の直前3か月間を、{first}から{last}までと数えます。"
                "暦の月で数える読み方では{other_first}から{other_last}までです。",
                values,
            ),
            (
                "7-4: the three months right before the damage of {damage} are {first} to {last}. "
                "By calendar months they are {other_first} to {other_last}.",
                values,
            ),
        ),
    )


def _months_before(day: date, months: int) -> date:
    first = month_start(day, -months)
    length = calendar.monthrange(first.year, first.month)[1]
    return first.replace(day=min(day.day, length))


def licence_end(until: date, term_end: date) -> Explained:
    """A licence that is not in force is a ground to refuse, or to end a contract (3-4(4))."""
    values = {"on": until, "term": term_end}
    early = until < term_end
    return told(
        until,
        (
            "3-4(4): Secure Endpointのライセンスは{on}までです。有効期間にないときは契約を解除することがあります。"
            + ("最低利用期間の満了{term}より先に切れます。" if early else ""),
            values,
        ),
        (
            "3-4(4): the Secure Endpoint licence is valid until {on}. Without one the contract may be terminated."
            + (" It ends before the minimum term does, {term}." if early else ""),
            values,
        ),
    )


def support_end(until: date) -> Explained:
    """Once the maker's support ended the service may be suspended (10-1(7))."""
    return told(
        until,
        ("10-1(7): メーカーサポートは{on}に終了し、その後は提供を中止することがあります。", {"on": until}),
        ("10-1(7): the maker's support ends on {on}; the service may be suspended then.", {"on": until}),
    )


def put_off_start(planned: date, started: date) -> Explained:
    """A start may be later than planned; all dates follow the actual one (3-2, 5-5)."""
    values = {"planned": planned, "on": started}
    return told(
        started,
        ("3-2, 5-5: 予定{planned}からサービス開始日を{on}に変更しました。各日付は実際の開始日から数えます。", values),
        ("3-2, 5-5: planned for {planned}, the service started on {on}. All dates follow the actual start.", values),
    )


def overview_on(ends_on: date, hours: ServiceHours) -> date:
    """When a customer is told what stays changed on their console: ten business days before the end."""
    return hours.business_day_before(ends_on, OVERVIEW_BUSINESS_DAYS)


def weekdays_left(today: date, until: date, hours: ServiceHours) -> int:
    """Business days from tomorrow to `until`, for words such as `15 business days left`; none where it is past."""
    days = (today + timedelta(days=count) for count in range(1, (until - today).days + 1))
    return sum(hours.is_business_day(day) for day in days)
