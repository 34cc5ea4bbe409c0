"""Turn what our people type into HTML, and tell whom and what it names.

Spec: federation.md O-16 (the HTML we emit).
"""

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import TypeVar

from fedi.text import characters
from fedi.text.tokens import Hashtag, Link, Mention, Token, scan

T = TypeVar("T")

_LINK_WIDTH = 30  # characters of an address shown, as in Mastodon
_REL = "nofollow noopener noreferrer"
_PREFIX = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text names, in order, each once."""

    opening: tuple[Mention, ...]  # the run of mentions that the text starts with, repeats included
    mentions: tuple[tuple[str, str | None], ...]  # (username as first typed, domain; None: ours)
    hashtags: tuple[str, ...]  # NFKC, as first typed, without the sign; unique by lower-case
    links: tuple[str, ...]


def parse(source: str, *, own_domains: Collection[str]) -> Parsed:
    """Read plain text.  `own_domains` lower-case, with a port in development."""
    source = characters.body(source)
    found = list(scan(source, own_domains=own_domains))
    mentions = [token for token in found if isinstance(token, Mention)]
    tags = [token.name for token in found if isinstance(token, Hashtag)]
    return Parsed(
        opening=tuple(_opening(source, found)),
        mentions=tuple(
            (one.username, one.domain) for one in _unique(mentions, lambda one: one.handle)
        ),
        hashtags=tuple(_unique(tags, str.lower)),
        links=tuple(dict.fromkeys(token.url for token in found if isinstance(token, Link))),
    )


def render(
    source: str,
    mentions: Mapping[str, tuple[str, str]],
    tag_url: Callable[[str], str],
    *,
    own_domains: Collection[str] = (),
) -> str:
    """HTML of plain text: paragraphs at empty lines, `<br>` at single ones.

    mentions  handle (see Mention.handle) to (address of the profile, name to show without @);
              a mention that is not among them stays plain text, so nobody unknown is linked
    tag_url   from a hashtag's NFKC name to its page

    >>> render("Hi <all>", {}, str)
    '<p>Hi &lt;all&gt;</p>'
    """
    source = characters.body(source).strip()
    pieces, done = [], 0
    for token in scan(source, own_domains=own_domains):
        pieces.append(_text(source[done : token.start]))
        pieces.append(_token(source[token.start : token.end], token, mentions, tag_url))
        done = token.end
    pieces.append(_text(source[done:]))
    return f"<p>{''.join(pieces)}</p>" if source else ""


def _opening(source: str, found: Iterable[Token]) -> Iterator[Mention]:
    end = 0
    for token in found:
        if not isinstance(token, Mention) or source[end : token.start].strip(" \t"):
            return
        yield token
        end = token.end


def _unique(items: Iterable[T], key: Callable[[T], Hashable]) -> list[T]:
    seen: dict[Hashable, T] = {}
    for item in items:
        seen.setdefault(key(item), item)
    return list(seen.values())


def _text(piece: str) -> str:
    return _PARAGRAPH.sub("</p><p>", escape(piece)).replace("\n", "<br>")


def _token(
    typed: str, token: Token, mentions: Mapping[str, tuple[str, str]], tag_url: Callable[[str], str]
) -> str:
    match token:
        case Link():
            return _link(token.url)
        case Hashtag():
            href = escape(tag_url(token.name))
            text = f"{escape(typed[0])}<span>{escape(typed[1:])}</span>"
            return f'<a href="{href}" class="mention hashtag" rel="tag">{text}</a>'
        case Mention():
            who = mentions.get(token.handle)
            return escape(typed) if who is None else _mention(*who)


def _mention(href: str, shown: str) -> str:
    link = f'<a href="{escape(href)}" class="u-url mention">@<span>{escape(shown)}</span></a>'
    return f'<span class="h-card" translate="no">{link}</span>'


def _link(url: str) -> str:
    """The whole address is in the text, for copying; clients hide what is `invisible`."""
    prefix = _PREFIX.match(url)
    start = prefix.end() if prefix else 0
    end = start + _LINK_WIDTH
    parts = (
        ("invisible", url[:start]),
        ("ellipsis" if url[end:] else "", url[start:end]),
        ("invisible", url[end:]),
    )
    spans = "".join(f'<span class="{name}">{escape(part)}</span>' for name, part in parts)
    return f'<a href="{escape(url)}" rel="{_REL}" target="_blank" translate="no">{spans}</a>'
