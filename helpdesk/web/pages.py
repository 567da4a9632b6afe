"""What every template may use: icons, fingerprinted asset addresses, dates in words, the page's calendar."""

import json
import secrets
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, g, request, url_for
from flask_babel import get_locale, get_translations
from markupsafe import Markup, escape

from helpdesk import clock, wording
from helpdesk.accounts import words as accounts_words
from helpdesk.actions import words as actions_words
from helpdesk.alerts import words as alerts_words
from helpdesk.announcements import words as announcements_words
from helpdesk.calendar import words as calendar_words
from helpdesk.calendar.hours import ServiceHours
from helpdesk.calendar.models import current_calendar
from helpdesk.console import words as console_words
from helpdesk.contracts import words as contracts_words
from helpdesk.customers import words as customers_words
from helpdesk.desk import words as desk_words
from helpdesk.failures import failure_words
from helpdesk.mailgate import words as mailgate_words
from helpdesk.manuals import words as manuals_words
from helpdesk.obligations import words as obligations_words
from helpdesk.ops import words as ops_words
from helpdesk.privacy import words as privacy_words
from helpdesk.reports import words as reports_words
from helpdesk.settings import words as settings_words
from helpdesk.settings.models import current_settings
from helpdesk.terms import words as terms_words
from helpdesk.tickets import words as tickets_words
from helpdesk.tickets.titles import titled

FILE_URL = "/static/"
ROWS_KEPT = 1000
STILL_KEPT = 500
HERE = f"here{secrets.token_hex(8)}"
"""Stands in a kept row for the list's own parameters; nobody's words can hold it."""
NO_WORDS: Mapping[str, Any] = {}
WORDS = (
    announcements_words,
    accounts_words,
    customers_words,
    actions_words,
    alerts_words,
    calendar_words,
    console_words,
    contracts_words,
    desk_words,
    mailgate_words,
    manuals_words,
    obligations_words,
    ops_words,
    privacy_words,
    reports_words,
    settings_words,
    terms_words,
    tickets_words,
)
"""The rooms' words: every dictionary of them is there in every template by its name."""
_MARK = Markup("<mark>%s</mark>")


class AssetsMissing(Exception):
    """The front-end files were not built; the text names the command that builds them."""


def init_app(app: Flask, static: Path) -> None:
    dist = static / "dist"
    manifest = dist / "manifest.json"
    if not manifest.exists():
        raise AssetsMissing(
            f"The front-end files are missing in {dist}. Build them with `make assets`, or run `make run`."
        )
    names: dict[str, str] = json.loads(manifest.read_text())
    app.jinja_env.globals.update(
        asset=lambda name: FILE_URL + names[name],
        icon=Icons(FILE_URL + names["icons.svg"]),
        _=translate,
        now=clock.now,
        service=current_settings,
        language=language,
        clock_offset=_clock_offset,
        chip=Chips(app),
        queue_rows=QueueRows(app),
        still=Still(app),
        HERE=HERE,
        ticket_link=ticket_link,
        headline=titled,
        **{
            name: Words(messages)
            for module in WORDS
            for name, messages in vars(module).items()
            if isinstance(messages, dict) and name.isupper()
        },
        DAY_WORDS=calendar_words.DAY_WORDS,
    )
    app.jinja_env.filters.update(
        when=when, exact=exact, short=short, brief=brief, size=wording.size_words, day=day, marks=marks
    )
    app.jinja_env.filters.update(exact_time=exact_time)
    app.jinja_env.filters.update(service_hours=service_hours, failure=failure_words)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.add_template_global(usual_hours)
    app.add_template_global(lambda: request.endpoint or "", "endpoint")


def service_hours(hours: ServiceHours) -> str:
    """The usual hours in words."""
    return wording.hours_words(hours.usual, hours.zone, language())


def usual_hours(code: str) -> str:
    """The same for a mail in this language, whatever page it is written from."""
    hours = current_calendar().hours
    return wording.hours_words(hours.usual, hours.zone, code)


def immutable(_path: str, url: str) -> bool:
    """Whether a file's name carries its fingerprint, so that a browser may keep it for good."""
    return url.count(".") >= 2


class Icons:
    """`icon('inbox')` draws one of Tabler's outline icons from the sprite; hidden from screen readers."""

    def __init__(self, sprite: str) -> None:
        self._sprite = sprite
        self._made: dict[tuple[str, str], Markup] = {}

    def __call__(self, name: str, extra: str = "") -> Markup:
        made = self._made.get((name, extra))
        if made is None:
            made = Markup(  # noqa: S704 - both names come from templates
                f'<svg class="icon {extra}" aria-hidden="true" focusable="false">'
                f'<use href="{self._sprite}#{name}"></use></svg>'
            )
            self._made[name, extra] = made
        return made


class Words:
    """Messages by key, translated when a template asks for one."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        self._messages = messages

    def __getitem__(self, key: str) -> str:
        return translate(self._messages[key])

    def get(self, key: str) -> str:
        """The message, or an empty string for a key that has none."""
        return self[key] if key in self._messages else ""

    def items(self) -> Iterator[tuple[str, str]]:
        return ((key, translate(message)) for key, message in self._messages.items())


class Chips:
    """`chip('state', 'open')`: a macro of _chips.html, rendered once per language and arguments."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._made: dict[tuple[str, str, tuple[Any, ...]], Markup] = {}

    def __call__(self, macro: str, *arguments: Any) -> Markup:
        key = (language(), macro, arguments)
        made = self._made.get(key)
        if made is None:
            module = self._app.jinja_env.get_template("_chips.html").module
            made = self._made[key] = Markup(getattr(module, macro)(*arguments))  # noqa: S704 - macros escape
        return made


class Still:
    """`still('desk/_keys.html', view=view)`: a part of a page that only its language and these values change, drawn
    once for each.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._drawn = lru_cache(maxsize=STILL_KEPT)(self._draw)

    def __call__(self, name: str, **values: Hashable) -> Markup:
        return self._drawn(language(), name, tuple(values.items()))

    def _draw(self, _language: str, name: str, values: tuple[tuple[str, Hashable], ...]) -> Markup:
        return Markup(self._app.jinja_env.get_template(name).render(dict(values)))  # noqa: S704 - the template escapes


class QueueRows:
    """`queue_rows(lines, words)`: a list's rows, each a pure function of its words: what did not change is not drawn
    anew. Links to tickets lead back to the list by the parameters `words`.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._drawn = lru_cache(maxsize=ROWS_KEPT)(self._draw)

    def __call__(self, lines: Iterable[Hashable], words: Mapping[str, Any] = NO_WORDS) -> Markup:
        spoken = language()
        rows = "".join(self._drawn(spoken, line) for line in lines)
        return Markup(rows.replace(HERE, str(escape(urlencode(words)))))  # noqa: S704 - the macro escapes

    def _draw(self, _language: str, line: Hashable) -> Markup:
        module = self._app.jinja_env.get_template("desk/_row.html").module
        return Markup(module.row(line))  # type: ignore[attr-defined]  # noqa: S704 - the macro escapes


def ticket_link(endpoint: str, reference: str) -> str:
    """The address of a ticket's page; lists have many of them, so what they share is made once."""
    return f"{_before_reference(endpoint)}{reference}"


@lru_cache(maxsize=8)
def _before_reference(endpoint: str) -> str:
    return url_for(endpoint, reference="0").removesuffix("0")


def translate(message: str, **values: Any) -> str:
    """gettext for templates: finds the request's catalogue once instead of at every message."""
    if "translations" not in g:
        g.translations = get_translations()
    text: str = g.translations.gettext(message)
    return text % values if values else text


def language() -> str:
    if "language" not in g:
        locale = get_locale()
        g.language = "en" if locale is not None and locale.language == "en" else "ja"
    code: str = g.language
    return code


def when(at: datetime) -> str:
    return wording.when_words(at, current_app.config["ZONE"], language())


def exact(stamp: str | None) -> str:
    return wording.exact_words(stamp, language())


def exact_time(at: datetime) -> str:
    """A moment of today to the second: 14:05:26."""
    local = at.astimezone(current_app.config["ZONE"])
    return f"{local.hour}:{local.minute:02d}:{local.second:02d}"


def short(at: datetime) -> str:
    return wording.short_words(at, clock.now(), current_app.config["ZONE"], language())


def brief(at: datetime) -> str:
    return wording.brief_words(at, clock.now(), current_app.config["ZONE"], language())


def day(at: Any) -> str:
    return wording.date_words(at, language())


def marks(pieces: Iterable[tuple[str, bool]]) -> Markup:
    """Text in pieces, those that were looked for marked."""
    return Markup("").join(_MARK % words if wanted else escape(words) for words, wanted in pieces)


def _clock_offset() -> str:
    """Business time in words while the demo's clock is moved, else an empty string."""
    return when(clock.now()) if abs(clock.offset().total_seconds()) >= 1 else ""
