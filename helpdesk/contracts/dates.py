"""The dates of a contract, each with how it came about: pure functions, no clock, no database (R51 to R56).

A contract period is a calendar month. Readings of the terms that are interpretation stand in each explanation beside
the other reading where the terms allow two.
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from helpdesk.calendar.hours import DAY, ServiceHours, public_holidays
from helpdesk.wording import date_words

FIRST_YEAR, LAST_YEAR = 1950, 2097
"""Holidays are known from 1949 to 2099, and a date leads into the years beside its own."""
MINIMUM_MONTHS = 13
NOTICE_BUSINESS_DAYS = 10
CHANGE_DAYS = 10
LANGUAGES = ("ja", "en")
START, APPLICATION = "start", "application"


@dataclass(frozen=True)
class Explained:
    """A date, and in both languages the clause and the days that led to it."""

    on: date
    ja: str
    en: str

    @property
    def clause(self) -> str:
        """The clauses it follows, such as `5-3, 11-2`."""
        return self.en.partition(": ")[0]

    def told(self, language: str) -> str:
        """How it came about, without the clause."""
        words = self.en if language == "en" else self.ja
        return words.partition(": ")[2]


def month_start(day: date, later: int = 0) -> date:
    """The first day of the month that is so many months after the one of `day`."""
    count = day.year * 12 + day.month - 1 + later
    return date(count // 12, count % 12 + 1, 1)


def month_end(day: date, later: int = 0) -> date:
    """The last day of the same."""
    return month_start(day, later + 1) - DAY


def free_until(started_on: date) -> Explained:
    """The start month is free (5-4)."""
    on = month_end(started_on)
    return told(
        on,
        ("5-4: サービス開始月({start}から)は{on}まで無償です。", {"start": started_on, "on": on}),
        ("5-4: the start month (from {start}) is free until {on}.", {"start": started_on, "on": on}),
    )


def first_charged_month(started_on: date) -> Explained:
    """Charged periods are calendar months from the one after the start on (5-3); told by its first day."""
    on = month_start(started_on, 1)
    values = {"on": on, "end": month_end(on)}
    return told(
        on,
        ("5-3: 開始月の翌月1日({on})から{end}までが最初の月額利用期間です。", values),
        ("5-3: the first charged period is the month after the start, {on} to {end}.", values),
    )


def minimum_term_end(applied_on: date, started_on: date, counted_from: str = START) -> Explained:
    """The last day of the 13th month, counting the month of the start or, by setting, of the application (5-3)."""
    by = {START: started_on, APPLICATION: applied_on}
    ends = {way: month_end(day, MINIMUM_MONTHS - 1) for way, day in by.items()}
    other = APPLICATION if counted_from == START else START
    values = {"from": month_start(by[counted_from]), "on": ends[counted_from], "other": ends[other]}
    ja = {START: "開始月", APPLICATION: "申込月"}
    en = {START: "the month of the start", APPLICATION: "the month of the application"}
    return told(
        ends[counted_from],
        (
            f"5-3, 11-2: {ja[counted_from]}({{from}}から)を1か月目として13か月目の末日、{{on}}までが最低利用期間です。"
            f"{ja[other]}から数える読み方では{{other}}です。",
            values,
        ),
        (
            f"5-3, 11-2: counting {en[counted_from]} (from {{from}}) as the first, the 13th month ends on {{on}}. "
            f"Counted from {en[other]} it would end on {{other}}.",
            values,
        ),
    )


def nonrenewal_deadline(month: date, hours: ServiceHours) -> Explained:
    """The last day on which a notice ends the contract with the month of `month` (11-2).

    The period's last day is day 0 and business days are counted back; arrival counts by date in the service's zone.
    """
    last = month_end(month)
    on = hours.business_day_before(last, NOTICE_BUSINESS_DAYS)
    closed = _closed_between(on, last, hours)
    values = {"last": last, "on": on}
    return told(
        on,
        (
            "11-2: 期間の末日{last}を0日目として営業日を10日さかのぼると{on}です。"
            f"{_named(closed, 'ja')}この日に届いた申入れまでが当月末で終了します。",
            values,
        ),
        (
            "11-2: counted back 10 business days from the period's last day {last}, which is day 0: {on}. "
            f"{_named(closed, 'en')}A notice that arrives by then ends the contract with that month.",
            values,
        ),
    )


def end_by_nonrenewal(notice_on: date, term_end: date, hours: ServiceHours) -> Explained:
    """When a notice of non-renewal that arrived on a day ends the contract (11-2).

    In time, with its month; later, with the next; inside the minimum term not before that ends.
    """
    deadline = hours.business_day_before(month_end(notice_on), NOTICE_BUSINESS_DAYS)
    in_time = notice_on <= deadline
    by_notice = month_end(notice_on, 0 if in_time else 1)
    on = max(by_notice, term_end)
    values = {"notice": notice_on, "deadline": deadline, "by": by_notice, "term": term_end, "on": on}
    ja = "11-2: {notice}の申入れは、当月の期限{deadline}" + (
        "までに届いたので、当月末{by}で終了します。" if in_time else "の後なので、翌月末{by}で終了します。"
    )
    en = "11-2: the notice of {notice} " + (
        "arrived by the month's last day for it, {deadline}: the contract ends with that month, {by}."
        if in_time
        else "arrived after the month's last day for it, {deadline}: the contract ends a month later, {by}."
    )
    if by_notice < term_end:
        ja += "最低利用期間中のため、その末日{on}まで続きます。"
        en += " It lies inside the minimum term and so ends with that, {on}."
    if notice_on <= term_end:
        strict = _first_after_term(term_end, hours)
        values |= {"strict_notice": strict[0], "strict_end": strict[1]}
        ja += (
            "最低利用期間中の申入れは効力がないとする厳しい読み方では、"
            "{strict_notice}までに改めて申し入れて{strict_end}の終了です。"
        )
        en += (
            " On the stricter reading a notice inside the minimum term has no effect: given again by {strict_notice}, "
            "it ends the contract on {strict_end}."
        )
    return told(on, (ja, values), (en, values))


def _first_after_term(term_end: date, hours: ServiceHours) -> tuple[date, date]:
    """The last day for a notice in the first month after the minimum term, and the end that it has."""
    last = month_end(term_end, 1)
    return hours.business_day_before(last, NOTICE_BUSINESS_DAYS), last


def change_deadline(month: date) -> Explained:
    """The last day on which a change of plan is asked for to take effect with the next month (13-2, 14)."""
    last = month_end(month)
    on = last - timedelta(days=CHANGE_DAYS)
    values = {"last": last, "on": on, "effect": month_start(month, 1)}
    return told(
        on,
        ("13-2, 14: 期間の末日{last}から暦日で10日前は{on}です。この日までの申込みは{effect}に反映します。", values),
        (
            "13-2, 14: 10 calendar days before the period's last day {last} is {on}. "
            "What is asked for by then takes effect on {effect}.",
            values,
        ),
    )


def change_effect(requested_on: date) -> Explained:
    """When a change that was asked for on a day takes effect: on the 1st of the next month or of the one after."""
    deadline = month_end(requested_on) - timedelta(days=CHANGE_DAYS)
    in_time = requested_on <= deadline
    on = month_start(requested_on, 1 if in_time else 2)
    values = {"asked": requested_on, "deadline": deadline, "on": on}
    late_ja, late_en = ("までの", "by") if in_time else ("より後の", "after")
    return told(
        on,
        (
            f"13-2, 14: {{asked}}の申込みは期限{{deadline}}{late_ja}ものなので、"
            "{on}に反映します。月の途中では変わりません。",
            values,
        ),
        (
            f"13-2, 14: asked for on {{asked}}, {late_en} the last day {{deadline}}: it takes effect on {{on}}, "
            "never inside a month.",
            values,
        ),
    )


def effect_when_formed(formed_on: date) -> Explained:
    """When a change takes effect whose day passed before it was formed: on the 1st after the notice (3-5, 14)."""
    on = month_start(formed_on, 1)
    values = {"formed": formed_on, "on": on}
    return told(
        on,
        ("3-5, 14: 変更は{formed}のお知らせで成立し、月の途中では変わらないため、翌月1日の{on}に反映します。", values),
        ("3-5, 14: formed by the notice of {formed}, and never inside a month: it takes effect on {on}.", values),
    )


def provider_termination(notice_on: date) -> Explained:
    """The end by one month's notice of the provider (12-4): the same day of the next month, else its last."""
    next_month = month_start(notice_on, 1)
    length = calendar.monthrange(next_month.year, next_month.month)[1]
    on = next_month.replace(day=min(notice_on.day, length))
    # 民法 140, 143: counted from the day after; it ends before the day that answers to that one
    first = notice_on + DAY
    civil = month_end(first) if first.day == 1 else on
    values = {"notice": notice_on, "on": on, "civil": civil}
    return told(
        on,
        (
            "12-4: {notice}の1か月前通知は、翌月の同じ日(なければ末日)の{on}に終了します。"
            "民法140条・143条(初日不算入、暦による計算)の読み方では{civil}です。",
            values,
        ),
        (
            "12-4: one month's notice of {notice} ends on the same day of the next month, else its last: {on}. "
            "By the Civil Code (140, 143: the first day is not counted, months by the calendar) it is {civil}.",
            values,
        ),
    )


def recontract_from(previous_end_on: date) -> Explained:
    """From when a contract after a gap has to run: the day after the one before ended (11-4)."""
    on = previous_end_on + DAY
    values = {"end": previous_end_on, "on": on}
    return told(
        on,
        ("11-4: 前の契約の終了日{end}の翌日{on}にさかのぼって契約します。", values),
        ("11-4: the contract goes back to {on}, the day after the one before ended on {end}.", values),
    )


def told(on: date, ja: tuple[str, dict[str, date]], en: tuple[str, dict[str, date]]) -> Explained:
    """A date whose explanations name days."""
    worded = [
        text.format(**{name: date_words(day, language) for name, day in values.items()})
        for language, (text, values) in zip(LANGUAGES, (ja, en), strict=True)
    ]
    return Explained(on, *worded)


def _closed_between(first: date, last: date, hours: ServiceHours) -> Sequence[date]:
    """Weekdays after `first` and before `last` that are no business days."""
    days = (first + timedelta(days=count) for count in range(1, (last - first).days))
    return [day for day in days if day.weekday() < 5 and not hours.is_business_day(day)]


def _named(closed: Sequence[date], language: str) -> str:
    """The holidays and closing days that were not counted."""
    if not closed:
        return ""
    names = {day: public_holidays(day.year, language).get(day) for day in closed}
    if language == "en":
        listed = ", ".join(f"{date_words(day, 'en')} {names[day] or '(closing day)'}" for day in closed)
        return f"Not counted, beside weekends: {listed}. "
    listed = "、".join(f"{date_words(day, 'ja')} {names[day] or '休業日'}" for day in closed)
    return f"土日のほか、{listed}は数えません。"
