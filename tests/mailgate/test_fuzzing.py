"""Every reader on anything at all: it answers, in no time, with values a page and a database can hold."""

from email import message_from_string
from html.parser import HTMLParser

from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpdesk.mailgate.automatic import Kind, Signs, kind_of
from helpdesk.mailgate.html_words import text_of_html
from helpdesk.mailgate.japanese import text_of_euc, text_of_jis
from helpdesk.mailgate.parsing import Mail, parse_mail
from helpdesk.mailgate.parts import invitation_words, is_locked, opened_tnef, unflowed
from helpdesk.mailgate.rich import safe_html
from helpdesk.mailgate.routing import Trust, digest_of, password_told, references_in, token_in, trust_in
from tests.hostile import examples
from tests.timing import processor_time

WORDS = st.text(max_size=200)
HTML = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<b", ">", "<!--", "-->", "<script>", "</script>", "<img src=", "'cid:x'", "javascript:a()"]
    )
    | st.sampled_from(
        ["<a href=", '"', "&lt;", "&#0;", "<svg onload=a()>", "<style>", "İ", "\x00", "<table><td>", "あ"]
    ),
    max_size=40,
).map("".join)
PIECES = st.sampled_from(["mx.desk.example", ";", " dmarc=pass", " dmarc=fail", '"', "\\", "(", ")", " spf=pass", " "])


class Seen(HTMLParser):
    """The elements and attributes that a browser would find."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, (value or "").strip().lower()) for name, value in attrs]


@given(HTML)
@settings(max_examples=examples(300), deadline=None)
def test_html_is_never_dangerous(html: str) -> None:
    seen = Seen()
    seen.feed(safe_html(html))
    assert not seen.tags & {"script", "svg", "style", "form", "iframe", "object", "base", "meta"}
    for name, value in seen.attributes:
        assert not name.startswith("on")
        assert not value.startswith(("javascript:", "vbscript:"))
        assert name != "src" or value.startswith("data:image/")
    assert isinstance(text_of_html(html), str)


@given(
    st.dictionaries(st.sampled_from(["auto-submitted", "precedence", "return-path", "x-autoreply", "list-id"]), WORDS),
    WORDS,
    WORDS,
)
def test_every_mail_has_a_kind_and_a_robot_its_sign(headers: dict[str, str], subject: str, sender: str) -> None:
    kind, sign = kind_of(Signs(headers=headers, subject=subject, sender=sender, opening=subject))
    assert (sign == "") == (kind == Kind.person)


@given(st.lists(PIECES, max_size=30).map("".join))
@settings(max_examples=examples(500))
def test_who_fails_anywhere_is_never_verified(header: str) -> None:
    """Whatever stands in quotes and comments: a verdict needs our name first and exactly one plain pass."""
    trust = trust_in((header,), "mx.desk.example")
    if trust == Trust.verified:
        assert header.strip().startswith("mx.desk.example")
        assert " dmarc=pass" in header


@given(st.binary(max_size=300))
@example(b"\x00\x00\x02" + bytes(12))  # the TNEF reader stumbles over a name of its own
def test_leaves_and_codecs_survive_anything(content: bytes) -> None:
    part = parse_mail(b"Subject: x\r\n\r\n" + content)
    assert isinstance(text_of_jis(content), str)
    assert isinstance(text_of_euc(content), str | None)
    assert is_locked(b"PK\x03\x04" + content) in (True, False)
    opened = opened_tnef(b"\x78\x9f\x3e\x22" + content)
    assert opened.files or opened.html or opened.text
    assert isinstance(digest_of(part), str)


@given(WORDS, st.booleans())
def test_unflowed_loses_no_letter(text: str, joined: bool) -> None:
    def letters(words: str) -> str:
        return "".join(c for c in words if c.isalnum())

    assert letters(unflowed(text, joined=joined)) == letters(text)


@given(
    st.lists(
        st.sampled_from(["パスワード", "password", "：", ":", " is ", "は", "\n", "Abc$1234", "「", " ", "です"]),
        max_size=12,
    )
)
def test_a_told_password_is_always_masked(pieces: list[str]) -> None:
    hidden = password_told(Mail(subject="x", text="".join(pieces)))
    assert hidden is None or "●" in hidden.text


@given(WORDS)
def test_numbers_and_tokens_are_found_in_anything(text: str) -> None:
    assert len(references_in(text)) <= 5
    assert token_in([text], "support@desk.example") is None or "support+" in text.lower()
    part = message_from_string("Content-Type: text/calendar\n\n")
    assert isinstance(invitation_words(part, f"BEGIN:VCALENDAR\n{text}".encode(errors="replace")), list)


def test_long_words_take_no_time() -> None:
    with processor_time() as taken:
        for text in (
            "パスワード" * 20_000,
            "password " * 20_000,
            "[" * 100_000,
            "【1234-" * 20_000,
            "(" * 100_000,
            '"' * 100_000,
        ):
            password_told(Mail(subject=text[:500], text=text))
            references_in(text[:500])
            trust_in((text,), "mx.desk.example")
            kind_of(Signs(headers={"auto-submitted": text[:300]}, subject=text[:500], opening=text[:2000]))
    assert taken() < 3
