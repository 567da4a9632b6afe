"""Replies as HTML: a little is formed, nothing is let through, and plain text stays as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from helpdesk.notices.markdown import html_of_reply


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("一行目\n二行目", "<p>一行目<br>\n二行目</p>"),
        ("- 一つ\n- 二つ", "<ul>\n<li>一つ</li>\n<li>二つ</li>\n</ul>"),
        ("1. 開く\n2. 押す", '<ol>\n<li value="1">開く</li>\n<li value="2">押す</li>\n</ol>'),
        ("**重要** です", "<p><strong>重要</strong>\xa0です</p>"),
        ("`C:\\\\x` を開く", "<p><code>C:\\\\x</code>\xa0を開く</p>"),
        ("https://a.example/x を", '<p><a href="https://a.example/x">https://a.example/x</a>\xa0を</p>'),
        ("2. 二\n5. 五", '<ol start="2">\n<li value="2">二</li>\n<li value="5">五</li>\n</ol>'),
        ("2*3*4", "<p>2*3*4</p>"),
        ("C:\\_tmp\\*.exe", "<p>C:\\_tmp\\*.exe</p>"),
        ("\\\\server\\share", "<p>\\\\server\\share</p>"),
        ("受付番号\n--\nつづき", "<p>受付番号<br>\n--<br>\nつづき</p>"),
        ("# 見出しではない", "<p># 見出しではない</p>"),
        ("> 引用ではない", "<p>&gt; 引用ではない</p>"),
        ("*.exe と *.dll", "<p>*.exe と *.dll</p>"),
        ("snake_case_name", "<p>snake_case_name</p>"),
        ("    字下げ", "<p>字下げ</p>"),
        ("<b>太字</b>", "<p>&lt;b&gt;太字&lt;/b&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
    ],
)
def test_what_is_formed_and_what_stays(text: str, html: str) -> None:
    assert html_of_reply(text).strip() == html


@given(st.text(alphabet="<>&\"'=*_`[]()#-+1. \nabhref:javascript/あ", max_size=300))
def test_nothing_but_the_known_tags(text: str) -> None:
    page = LexborHTMLParser(html_of_reply(text))
    assert page.body is not None
    known = {"p", "br", "ul", "ol", "li", "strong", "em", "code", "pre", "a", "body", "-text", "-comment"}
    assert {node.tag for node in page.body.traverse()} <= known


def test_nothing_gets_lost_however_deep() -> None:
    deep = "".join(f"{'  ' * n}- 段{n}\n" for n in range(40))
    assert all(f"段{n}" in html_of_reply(deep) for n in range(40))
