"""Reach words: one test for each sentence of product.md "Reach" that is about reading them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedi.text import words
from fedi.text.words import Word, Words

OURS = ("acme.example", "acme.localhost:8001")


def read(source: str) -> Words:
    return words.reach_words(source, own_domains=OURS)


@pytest.mark.parametrize(
    ("source", "said", "slugs", "text"),
    [
        ("@public We won", Word.PUBLIC, (), "We won"),
        ("@partners New price", Word.PARTNERS, (), "New price"),
        ("@internal Draft", Word.INTERNAL, (), "Draft"),
        ("@partner-globex Hello", Word.PARTNER, ("globex",), "Hello"),
    ],
)
def test_the_first_line_says_where(
    source: str, said: Word, slugs: tuple[str, ...], text: str
) -> None:
    assert read(source) == Words(
        frozenset({said}), slugs, text, elsewhere=False, unknown_opening=()
    )


def test_a_text_without_a_word_says_nothing_and_stays_as_it_is() -> None:
    assert read(" Hello \n") == Words(frozenset(), (), " Hello \n", False, ())


def test_partner_with_an_underscore_is_the_same() -> None:
    assert read("@partner_globex x") == read("@partner-globex x")
    assert read("@partner_big_corp x").slugs == read("@partner-big-corp x").slugs == ("big-corp",)


def test_several_partners_may_be_named() -> None:
    assert read("@partner-b @partner_a @partner-b x").slugs == ("b", "a")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("@alice @public hi", "@alice hi"),
        ("@public @alice hi", "@alice hi"),
        ("@alice @public @bob@globex.example hi", "@alice @bob@globex.example hi"),
        ("@alice @public\nhi", "@alice\nhi"),
        ("@alice   @public   hi", "@alice   hi"),
        ("@public", ""),
        ("@public\n\nhi", "hi"),
    ],
)
def test_the_word_stands_anywhere_among_the_opening_mentions_and_is_stripped(
    source: str, text: str
) -> None:
    found = read(source)
    assert found.said == {Word.PUBLIC}
    assert found.text == text
    assert not found.elsewhere


@pytest.mark.parametrize(
    "word",
    [
        "@PUBLIC",
        "@Public@Acme.Example",
        "@public@acme.localhost:8001",
        "@public:",
        "@public,",
        "@public.",
        "@public!",
        "＠ｐｕｂｌｉｃ",
        "\u200b@public",
        "\u200f @public\u200f",
        "\ufeff\n \n@public",
    ],
)
def test_case_our_domain_and_what_keyboards_add_make_no_difference(word: str) -> None:
    found = read(f"{word} hi")
    assert (set(found.said), found.text) == ({Word.PUBLIC}, "hi")


@pytest.mark.parametrize(
    "source",
    [
        "hi @public",
        "hi\n@public x",
        "@alice\n@public x",
        "@alice: @public x",
        "@alice, @public x",
        "- @internal",
        "(@internal) x",
        "x (@partner-globex).",
        "x @partners@acme.example",
        "@public's view",
        "@public/@partners x",
        "x ＠internal",
    ],
)
def test_elsewhere_a_word_is_text_and_the_caller_is_told(source: str) -> None:
    found = read(source)
    assert (found.said, found.text) == (frozenset(), source)
    assert found.elsewhere


def test_a_word_in_the_opening_and_another_later() -> None:
    found = read("@public not @internal")
    assert (set(found.said), found.text, found.elsewhere) == ({Word.PUBLIC}, "not @internal", True)


@pytest.mark.parametrize(
    "source",
    [
        "@publick x",
        "@partner x",
        "@partner- x",
        "@partnership x",
        "@public_house x",
        "@public-house x",
        "@públic x",
        "public x",
        "info@public.example x",
        "@public@globex.example x",
        "https://a.example/@public",
        "#public",
    ],
)
def test_a_misspelt_word_is_plain_text(source: str) -> None:
    found = read(source)
    assert (found.said, found.text, found.elsewhere) == (frozenset(), source, False)


@pytest.mark.parametrize(
    ("source", "unknown"),
    [
        ("@publick x", ("publick",)),
        ("@alice @Internl@acme.example x", ("alice", "internl")),
        ("@internl's x", ("internl",)),
        ("@alice, @internl x", ("alice", "internl")),
        ("@bob@globex.example x", ()),
        ("@public x @alice", ()),
        ("hi @alice", ()),
    ],
)
def test_bare_openers_are_told_for_the_rule_about_those_who_resolve_to_nobody(
    source: str, unknown: tuple[str, ...]
) -> None:
    assert read(source).unknown_opening == unknown


def test_different_words_at_once_are_all_told() -> None:
    assert read("@public @internal x").said == {Word.PUBLIC, Word.INTERNAL}
    assert read("@partners @partner-globex x").said == {Word.PARTNERS, Word.PARTNER}


@pytest.mark.parametrize(
    "name",
    [
        "public",
        "Partners",
        "internal",
        "partner-x",
        "partner_x",
        "partner-",
        "fedi",
        "desk",
        "READER",
        "acme.example",
        "ｆｅｄｉ",
    ],
)
def test_reserved_names(name: str) -> None:
    assert words.is_reserved(name, "acme.example")


@pytest.mark.parametrize(
    "name", ["alice", "partnership", "publicist", "desks", "other.example", ""]
)
def test_other_names_are_free(name: str) -> None:
    assert not words.is_reserved(name, "acme.example")


parts = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.sampled_from(
            ["@public", "@partner-x", "@internal", "@alice", " ", "\n", "@", ":", "\u200b"]
        ),
    )
).map("".join)


@given(parts)
def test_reading_never_fails_and_only_takes_words_away(source: str) -> None:
    found = read(source)
    left = iter(source.replace("\r", "\n"))
    if source.isprintable():
        assert all(sign in left for sign in found.text), "what is left was there, in this order"
    if not found.said:
        assert found.slugs == ()
    for word in (Word.PUBLIC, Word.PARTNERS, Word.INTERNAL):
        if word in found.said:
            assert word in source.casefold()
