"""Find links, mentions and hashtags in text that one of our people typed.

One pass, one pattern; each alternative consumes what it looked at, so time grows with length only.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from unicodedata import normalize

from fedi.text.characters import MARKS


@dataclass(frozen=True, slots=True)
class Link:
    start: int
    end: int
    url: str


@dataclass(frozen=True, slots=True)
class Mention:
    start: int
    end: int
    username: str  # as typed
    domain: str | None  # lower-case A-label with a port if any; None: ours

    @property
    def handle(self) -> str:
        """`alice` for ours, `bob@globex.example` for others, lower-case."""
        name = self.username.lower()
        return name if self.domain is None else f"{name}@{self.domain}"


@dataclass(frozen=True, slots=True)
class Hashtag:
    start: int
    end: int
    name: str  # NFKC, without the sign


Token = Link | Mention | Hashtag

# Stops at what never belongs to an address in running text, also in Chinese and Japanese.
_END_OF_URL = r"\s<>\"`“”„‘’«»‹›　、。，！？；：（）［］｛｝〈〉《》「」『』【】〔〕"
# A last label that starts in Latin ends with it: "https://example.comを見る".
_HOST = r"(?:[\w-]+\.)*(?:[A-Za-z][A-Za-z0-9-]*+|[\w-]+)"
# "https://bank.example@evil.example" leads to the latter: no link at all.
_NO_USER = r"(?![^\s/?#@]{0,256}@)"
_LINK = (
    rf"(?<![\w@/])[Hh][Tt][Tt][Pp][Ss]?://{_NO_USER}{_HOST}(?::\d{{1,5}})?"
    rf"(?:[/?#][^{_END_OF_URL}]*+)?"
)
_USERNAME = r"(?>[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,126}[A-Za-z0-9_])?)(?![A-Za-z0-9_])"
_DOMAIN = r"(?>(?:[\w-]{1,63}\.){1,10}(?:[A-Za-z][A-Za-z0-9-]*+|[^\W\d_A-Za-z][\w-]*+))"
# "@bob@" and something that is no domain is not our bob.
_MENTION = rf"(?<![\w/@=])@({_USERNAME})(?:@({_DOMAIN})(:\d{{1,5}})?(?!@)|(?!@[\w@]))"
_HASHTAG = rf"(?<![\w/#＃&=])[#＃](\w[\w{MARKS}·・\u200c]{{0,99}}+)(?![\w{MARKS}])"
_TOKEN = re.compile(f"(?P<link>{_LINK})|(?P<mention>{_MENTION})|(?P<hashtag>{_HASHTAG})")

_FULL_STOPS = ".,:;!?'*~…"
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_LONGEST_DOMAIN = 253


def scan(source: str, *, own_domains: Collection[str] = ()) -> Iterator[Token]:
    """Every link, mention and hashtag of `source`, in order, with their places.

    own_domains  lower-case; a mention that names one of them is of ours
    """
    for found in _TOKEN.finditer(source):
        token = _read(found, own_domains)
        if token is not None:
            yield token


def normal_domain(typed: str) -> str | None:
    """Lower-case A-label form; None for what no name server knows or what IDNA would alter."""
    lower = normalize("NFKC", typed).lower()
    if lower.isascii():
        return lower if len(lower) <= _LONGEST_DOMAIN else None
    try:
        ascii_form = lower.encode("idna")
        unchanged = ascii_form.decode("idna") == lower
    except UnicodeError:
        return None
    return ascii_form.decode("ascii") if unchanged else None


def _read(found: re.Match[str], own_domains: Collection[str]) -> Token | None:
    match found.lastgroup:
        case "link":
            url = _trim(found["link"])
            return Link(found.start(), found.start() + len(url), url)
        case "mention":
            return _mention(found, own_domains)
        case _:
            return _hashtag(found)


def _mention(found: re.Match[str], own_domains: Collection[str]) -> Mention | None:
    username, typed, port = found.group(3, 4, 5)
    if typed is None:
        return Mention(found.start(), found.end(), username, None)
    domain = normal_domain(typed)
    if domain is None:
        return None
    domain += port or ""
    return Mention(found.start(), found.end(), username, None if domain in own_domains else domain)


def _hashtag(found: re.Match[str]) -> Hashtag | None:
    typed = found[7].rstrip("·・\u200c")
    if not any(map(str.isalpha, typed)):  # "#1" is a number, "#️⃣" a key
        return None
    return Hashtag(found.start(), found.start() + 1 + len(typed), normalize("NFKC", typed))


def _trim(url: str) -> str:
    """Without the sentence's own full stop, and a bracket that was opened before the link."""
    spare = {close: url.count(close) - url.count(open_) for close, open_ in _BRACKETS.items()}
    end = len(url)
    while end and (url[end - 1] in _FULL_STOPS or spare.get(url[end - 1], 0) > 0):
        end -= 1
        if url[end] in _BRACKETS:
            spare[url[end]] -= 1
    return url[:end]
