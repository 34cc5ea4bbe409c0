"""Read the words that say how far a post may travel: `@public`, `@partners`, `@internal`.

Spec: product.md "Reach".  Reading only; what a word means for whom is decided in fedi.policy.
In doubt a token is no reach word: then an inside post stays inside, and `elsewhere` or
`unknown_opening` lets the caller refuse where the default reach is wider.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from unicodedata import normalize

from fedi.text import characters, tokens
from fedi.text.characters import INVISIBLE


class Word(StrEnum):
    INTERNAL = "internal"
    PARTNER = "partner"  # named ones: see Words.slugs
    PARTNERS = "partners"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Words:
    """What the text says of its reach.

    said             the reach words of the opening; more than one kind is for the caller to refuse
    slugs            of `@partner-<slug>`, in order, once each, lower-case, `_` read as `-`
    text             the text without the opening's reach words: what is shown and sent
    elsewhere        a reach word stands later in the text, or in the opening but glued to more
    unknown_opening  bare names of the opening run that are no reach words, lower-case, as typed
    """

    said: frozenset[Word]
    slugs: tuple[str, ...]
    text: str
    elsewhere: bool
    unknown_opening: tuple[str, ...]


_BLANK = rf"[{INVISIBLE}\s]"
_NAME = r"[@＠](?P<name>[\w.-]+)(?:[@＠](?P<domain>[\w.-]+(?::\d{1,5})?))?"
_TOKEN = re.compile(rf"{_BLANK}*{_NAME}(?P<after>[:,;!?…–—]*+)(?={_BLANK}|$)")
_GLUED = re.compile(rf"{_BLANK}*{_NAME}")
_ANYWHERE = re.compile(rf"(?<![\w@＠/]){_NAME}")
_FIRST_LINE = re.compile(rf"{_BLANK}*+[^\n]*")
_LEADING_BLANK = re.compile(rf"\A{_BLANK}+")
_PARTNER = re.compile(r"partner[-_]([\w][\w-]*)")
_PLAIN = frozenset((Word.INTERNAL, Word.PARTNERS, Word.PUBLIC))
_RESERVED = frozenset(("public", "partners", "internal", "partner", "fedi", "desk", "reader"))


def reach_words(source: str, *, own_domains: Collection[str]) -> Words:
    """What the opening run of @-tokens of the first line says.  Never raises.

    Only white space stands between the tokens of the run; punctuation after one ends it.
    own_domains  lower-case; `@public` and `@public@<one of them>` are the same

    >>> reach_words("@alice @Public: hello", own_domains=()).text
    '@alice hello'
    """
    source = characters.body(source)
    run = list(_opening_run(source))
    end = run[-1].end() if run else 0
    named = [(found.span(), name) for found in run if (name := _bare_name(found, own_domains))]
    words = [(span, word) for span, name in named if (word := _word(name))]
    unknown = [name for _, name in named if not _word(name)]
    return Words(
        said=frozenset(word for _, (word, _) in words),
        slugs=tuple(dict.fromkeys(slug for _, (_, slug) in words if slug)),
        text=_without(source, [span for span, _ in words]),
        elsewhere=any(_later_words(source, end, own_domains)),
        unknown_opening=(*unknown, *_glued(source, end, own_domains)),
    )


def is_reserved(username: str, instance_host: str) -> bool:
    """May nobody be called this?  Source: product.md "Reach"."""
    name = normalize("NFKC", username).casefold()
    return (
        name in _RESERVED
        or name.startswith(("partner-", "partner_"))
        or name == instance_host.casefold()
    )


def _opening_run(source: str) -> Iterator[re.Match[str]]:
    """The @-tokens that the first line with anything in it starts with."""
    end, line = 0, _first_line(source)
    while found := _TOKEN.match(source, end, line):
        yield found
        end = found.end()
        if found["after"]:
            return


def _first_line(source: str) -> int:
    """Where it ends.  Blank lines before it do not count: clients trim them or not."""
    line = _FIRST_LINE.match(source)
    return line.end() if line else 0


def _bare_name(found: re.Match[str], own_domains: Collection[str]) -> str | None:
    """The name, folded, if it is one of ours; None if it names another server's."""
    host, colon, port = (found["domain"] or "").partition(":")
    domain = tokens.normal_domain(host.rstrip(".-"))
    if found["domain"] and (domain is None or domain + colon + port not in own_domains):
        return None
    return normalize("NFKC", found["name"]).casefold().rstrip(".-")


def _word(name: str) -> tuple[Word, str | None] | None:
    if named := _PARTNER.fullmatch(name):
        return Word.PARTNER, named[1].replace("_", "-")
    return (Word(name), None) if name in _PLAIN else None


def _without(source: str, spans: Iterable[tuple[int, int]]) -> str:
    kept, done = [], 0
    for start, end in spans:
        kept.append(source[done:start])
        done = end
    return _LEADING_BLANK.sub("", "".join((*kept, source[done:]))) if done else source


def _glued(source: str, end: int, own_domains: Collection[str]) -> Iterator[str]:
    """The token that stopped the run: "@internl's", or one behind a comma."""
    found = _GLUED.match(source, end, _first_line(source))
    if found and (name := _bare_name(found, own_domains)):
        yield name


def _later_words(source: str, end: int, own_domains: Collection[str]) -> Iterator[bool]:
    for found in _ANYWHERE.finditer(source, end):
        name = _bare_name(found, own_domains)
        yield name is not None and _word(name) is not None
