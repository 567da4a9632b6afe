"""Words of HTML mails: what stands apart stays apart, links say where they lead, quotations are marked (N12, N13)."""

import pytest

from helpdesk.mailgate.html_words import text_of_html
from helpdesk.mailgate.parsing import parse_mail
from helpdesk.mailgate.quoting import without_quotes
from tests.timing import processor_time


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("first line<div>second line</div>third", "first line\nsecond line\nthird"),
        ("<p>one<p>two", "one\n\ntwo"),
        ("<table><tr><td>host<td>PC-1<tr><td>user<td>taro</table>", "host\tPC-1\nuser\ttaro"),
        ("<pre>a\n  b\n</pre>after", "a\n  b\nafter"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<ul><li>x<li>y</ul>", "x\ny"),
        ("see <a href='https://x.example/a?b=1'>the page</a>.", "see the page <https://x.example/a?b=1>."),
        ("<a href='https://x.example/'>https://x.example</a>", "https://x.example"),
        ("<a href='https://www.x.example'>x.example</a>", "x.example"),
        ("<a href='https://evil.example/'>https://bank.example</a>", "https://bank.example <https://evil.example/>"),
        ("<a href='mailto:a@x.example'>a@x.example</a>", "a@x.example"),
        ("<a href='mailto:a@x.example'>write</a>", "write <mailto:a@x.example>"),
        ("<a href='javascript:alert(1)'>go</a> <a name=x>here</a> <a href='#top'>up</a>", "go here up"),
        ("<a href='https://x.example/'><img src=x></a>text", "text"),
        ("mine<blockquote>yours<div>more</div></blockquote>mine", "mine\n> yours\n> more\nmine"),
        ("<blockquote>a<blockquote>b</blockquote>c</blockquote>", "> a\n> > b\n> c"),
        ("<blockquote><pre>a\nb\n</pre>c</blockquote>d", "> a\n> b\n> c\nd"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n\n> b"),
        ("x<script>alert(1)</script><style>y</style>", "x"),
    ],
)
def test_words(html: str, text: str) -> None:
    assert text_of_html(html) == text


ATTRIBUTION = "2026年11月24日(火) 10:00 窓口 &lt;support@desk.example&gt;:"
REPLIES = {
    "Gmail": f"<div dir=ltr>了解です。</div><br><div class=gmail_quote><div class=gmail_attr>{ATTRIBUTION}<br></div>"
    "<blockquote class=gmail_quote style='margin:0'><div>old words</div><p>more</p></blockquote></div>",
    "Apple Mail": "<div>了解です。</div><div><br><blockquote type=cite><div>2026/11/24 10:00、窓口 "
    "&lt;s@d.example&gt;のメール:</div><br><div>old words</div></blockquote></div>",
    "Thunderbird": "<p>了解です。</p><div class=moz-cite-prefix>On 2026/11/24 10:00, Desk wrote:<br></div>"
    "<blockquote type=cite cite='mid:1@x'><pre class=moz-quote-pre>old words\n</pre></blockquote>",
    "Outlook": "<p>了解です。</p><hr><div><b>From:</b> Desk &lt;s@d.example&gt;<br><b>Sent:</b> Tuesday<br>"
    "<b>To:</b> Alice<br><b>Subject:</b> [受付番号:2611-0042] 監視の件</div><p>old words</p>",
}


@pytest.mark.parametrize("html", REPLIES.values(), ids=REPLIES)
def test_replies_in_html_alone_fold_what_they_quote(html: str) -> None:
    head = "From: a@acme.example\r\nSubject: =?utf-8?B?UmU6IFvlj5fku5jnlarlj7c6MjYxMS0wMDQyXSDnm6Poppbjga7ku7Y=?=\r\n"
    read = parse_mail(f"{head}Content-Type: text/html; charset=utf-8\r\n\r\n{html}".encode())
    assert "old words" in read.text
    assert without_quotes(read.text, read.subject) == "了解です。"


@pytest.mark.parametrize(
    "html", ["<a href=http://x>" * 30_000 + "w", "<blockquote>" * 5_000 + "x", "<blockquote>a" * 250]
)
def test_hostile_nesting_takes_no_time(html: str) -> None:
    with processor_time() as taken:
        text_of_html(html)
    assert taken() < 3
