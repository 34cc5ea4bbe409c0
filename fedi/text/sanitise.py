"""Make HTML from anywhere safe to show: an allow-list, applied when it arrives and when it leaves.

Spec: security.md section 5; federation.md O-16, P-4 (depth).
"""

import re
from collections.abc import Collection
from html import escape, unescape
from unicodedata import normalize
from urllib.parse import urlsplit

import nh3

from fedi.text import characters

DEPTH = 100
_REL = "nofollow noopener noreferrer"
_REL_SET, _REL_TAG = f'rel="{_REL}"', f'rel="tag {_REL}"'
# Microformats as other servers write them.  Names, not prefixes: a page of ours may style `p-…`.
_CLASSES = (
    "mention hashtag ellipsis invisible quote-inline h-card h-entry h-cite h-feed h-adr h-event "
    "p-name p-author p-category p-summary p-note p-nickname p-content p-org p-role u-url u-uid "
    "u-photo u-email u-in-reply-to u-repost-of u-like-of u-quotation-of dt-published dt-updated "
    "dt-start dt-end e-content e-note e-summary"
)
_PLAIN_TAGS = "p br ul ol li pre blockquote"
_TAGS = f"{_PLAIN_TAGS} a span em strong b i u s del sub sup code ruby rt rp"
_TRANSLATE = {"translate": {"no"}}
# Text in these is code, or a title that belongs to no post: it must not surface as text.
_WITH_CONTENT = (
    "script style svg math iframe object embed applet template noscript noembed noframes "
    "select textarea title head audio video canvas frameset xmp plaintext"
)

_CLEANER = nh3.Cleaner(
    tags=set(_TAGS.split()),
    clean_content_tags=set(_WITH_CONTENT.split()),
    attributes={
        "*": {"lang"},
        "a": {"href", "title"},
        "ol": {"start", "reversed"},
        "li": {"value"},
    },
    tag_attribute_values={"a": _TRANSLATE, "span": _TRANSLATE},
    set_tag_attribute_values={"a": {"target": "_blank"}},
    allowed_classes={tag: set(_CLASSES.split()) for tag in ("a", "span")},
    url_schemes={"http", "https"},
    url_relative="deny",
    link_rel=_REL,
)
_STRIPPER = nh3.Cleaner(
    tags=set(_PLAIN_TAGS.split()),
    clean_content_tags=set(_WITH_CONTENT.split()),
    attributes={},
    link_rel=None,
)

_MARKUP = re.compile("[<&]")
_TAG = re.compile(r"<(/?)([A-Za-z][^\t\n\f\r />]*)[^<>]*>?")
_UNNESTED = frozenset(("p", "li", "br", "hr", "img", "wbr", "input", "meta", "link", "base"))
_HEADING = re.compile(r"<(/?)h[1-6](?:[\s/][^<>]*)?>", re.IGNORECASE | re.ASCII)
_IMAGE = re.compile(r"<img[\s/]([^<>]*)>", re.IGNORECASE | re.ASCII)
_ATTRIBUTE = re.compile(r"""\b(src|alt)=(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_LINK = re.compile(r"<a ([^>]*)>(.*?)</a>", re.DOTALL)
_HREF = re.compile(r'\bhref="([^"]*)"')
_CLASS = re.compile(r'\s*\bclass="([^"]*)"')
_ANY_TAG = re.compile(r"<[^>]*>")
_DOT = re.compile("[.\u3002\uff0e\uff61]")
# An address as people read one: with a scheme, as a handle, or a host that is the whole text.
_NAME = r"((?:[\w-]{1,63}\.){1,10}[^\W\d_][\w-]{1,62})"
_SHOWN_HOST = re.compile(
    rf"(?:https?\W{{0,5}}|www\.|@?[\w.-]{{0,128}}@){_NAME}|{_NAME}(?=[/:?#]|$)", re.IGNORECASE
)
_INVISIBLE = re.compile(f"[{characters.INVISIBLE}]")
_BLOCK_ENDS = re.compile(r"<br>|</(?:li|pre|blockquote)>|<(?:ul|ol)>")
_MANY_BREAKS = re.compile(r"\n{3,}")


def clean(html: str, *, mentioned: Collection[str] | None = None) -> str:
    """HTML that may be put into any page of ours.  Never raises; applying it twice changes nothing.

    mentioned  hrefs of the people that the post really names; on any other link the class
               `mention` goes, because clients open a profile for it.  None: leave it.
    Links always open elsewhere and tell nothing about us; a link whose text shows another host
    than it leads to gets the true address as its text (CVE-2023-36462).

    >>> clean('<h1 onclick=x()>Hi</h1><script>alert(1)</script>')
    '<p><strong>Hi</strong></p>'
    """
    html = characters.body(html)
    if not _MARKUP.search(html):
        return html.replace(">", "&gt;")
    try:
        return _show_where_links_lead(_CLEANER.clean(_prepare(html)), mentioned)
    except Exception:  # GHSA-qrgq-9fx2-vf2r: a parser's surprise must not take the inbox down
        return escape(html)


def plain(html: str) -> str:
    """The text of HTML, for search, notifications and previews: `<br>` and `<p>` as newlines.

    Takes raw or cleaned HTML and returns text, not HTML: escape it before showing it.

    >>> plain("<p>a &lt; b<br>c</p><p>d</p>")
    'a < b\\nc\\n\\nd'
    """
    html = characters.body(html)
    if not _MARKUP.search(html):
        return html.strip()
    try:
        html = _STRIPPER.clean(_flatten(html))
    except Exception:  # as in `clean`
        return html.strip()
    text = _BLOCK_ENDS.sub("\n", html.replace("</p>", "\n\n"))
    return _MANY_BREAKS.sub("\n\n", unescape(_ANY_TAG.sub("", text))).strip()


def _prepare(html: str) -> str:
    """Turn what the allow-list has no room for into what it has; the cleaner still sees it all."""
    if _HEADING.search(html):
        html = _HEADING.sub(_strong, html)
    if _IMAGE.search(html):
        html = _IMAGE.sub(_image_link, html)
    return _flatten(html)


def _strong(tag: re.Match[str]) -> str:
    return "</strong></p>" if tag[1] else "<p><strong>"


def _image_link(tag: re.Match[str]) -> str:
    found = {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(tag[1])}
    source, words = unescape(found.get("src", "")), unescape(found.get("alt", ""))
    if not source.startswith(("https://", "http://")):
        return escape(words)
    return f'<a href="{escape(source)}">{escape(words or source)}</a>'


def _flatten(html: str) -> str:
    """Drop tags nested deeper than DEPTH.  Counts too many rather than too few."""
    if html.count("<") <= DEPTH:
        return html
    stack: list[str] = []

    def keep(tag: re.Match[str]) -> str:
        name = tag[2].lower() if tag[2].isascii() else tag[2]
        if name in _UNNESTED:
            return tag[0]
        if not tag[1]:
            stack.append(name)
            return tag[0] if len(stack) <= DEPTH else ""
        deep = len(stack) > DEPTH
        if stack and stack[-1] == name:
            stack.pop()
        return "" if deep else tag[0]

    return _TAG.sub(keep, html)


def _show_where_links_lead(html: str, mentioned: Collection[str] | None) -> str:
    if "<a " not in html:
        return html
    return _LINK.sub(lambda link: _honest_link(link, mentioned), html)


def _honest_link(link: re.Match[str], mentioned: Collection[str] | None) -> str:
    """One link of the cleaner's output, so attributes are quoted and `<`, `>` in them escaped."""
    attributes, content = link[1], link[2]
    classes = _CLASS.search(attributes)
    names = classes[1].split() if classes else ()
    if "hashtag" in names:  # Pleroma, Misskey and Mitra know hashtags by it; clients too
        return f"<a {attributes.replace(_REL_SET, _REL_TAG)}>{content}</a>"
    href = _HREF.search(attributes)
    if "mention" in names:
        if mentioned is None or (href and unescape(href[1]) in mentioned):
            return link[0]
        left = " ".join(name for name in names if name != "mention")
        attributes = _CLASS.sub(f' class="{left}"' if left else "", attributes)
    if href and _pretends(content, href[1]):
        content = href[1]
    return f"<a {attributes}>{content}</a>"


def _pretends(content: str, href: str) -> bool:
    """Does the text look like an address at another host than the link's?  Both as in HTML."""
    text = _ANY_TAG.sub("", content)
    if text == href or not _DOT.search(text):
        return False
    seen = normalize("NFKC", _INVISIBLE.sub("", unescape(text))).replace("\u3002", ".")
    shown = _SHOWN_HOST.match(seen.strip())
    return shown is not None and _host(f"//{shown[1] or shown[2]}") != _host(unescape(href))


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.").rstrip(".")
    except ValueError:
        return ""
