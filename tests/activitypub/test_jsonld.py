"""JSON-LD without a network: every term we write has a meaning, and no stranger's URL is opened."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld as pyld  # type: ignore[import-untyped]  # PyLD ships no types

from fedi.activitypub import jsonld
from fedi.errors import Malformed

ACTOR = "https://fedi.example/ap/actors/1"
NOTE = {
    "id": "https://fedi.example/ap/objects/1",
    "type": "Note",
    "attributedTo": ACTOR,
    "to": ["https://www.w3.org/ns/activitystreams#Public"],
    "cc": [f"{ACTOR}/followers"],
    "published": "2026-11-20T09:15:00Z",
    "updated": "2026-11-20T09:16:00Z",
    "url": "https://fedi.example/@acme/1",
    "content": "<p>Hi</p>",
    "contentMap": {"en": "<p>Hi</p>"},
    "summary": "warning",
    "sensitive": True,
    "inReplyTo": "https://m.partner.example/1",
    "conversation": "tag:fedi.example,2026:1",
    "context": "https://fedi.example/ap/contexts/1",
    "directMessage": False,
    "tag": [
        {"type": "Mention", "href": ACTOR, "name": "@acme@company.example"},
        {"type": "Hashtag", "href": "https://fedi.example/tags/a", "name": "#a"},
        {
            "type": "Emoji",
            "name": ":a:",
            "icon": {"type": "Image", "url": "https://fedi.example/a"},
        },
    ],
    "attachment": [
        {
            "type": "Document",
            "mediaType": "image/webp",
            "url": "https://fedi.example/m/1",
            "name": "alt",
            "blurhash": "LEHV6nWB2yk8",
            "focalPoint": [0.0, -0.5],
            "width": 4,
            "height": 3,
        }
    ],
    "replies": "https://fedi.example/ap/objects/1/replies",
    "likes": "https://fedi.example/ap/objects/1/likes",
    "shares": "https://fedi.example/ap/objects/1/shares",
    "votersCount": 3,
    "quote": "https://m.partner.example/2",
    "quoteUri": "https://m.partner.example/2",
    "quoteUrl": "https://m.partner.example/2",
    "_misskey_quote": "https://m.partner.example/2",
    "_misskey_content": "x",
    "quoteAuthorization": "https://m.partner.example/stamps/1",
    "approvedBy": "https://m.partner.example/stamps/2",
    "interactionPolicy": {
        "canQuote": {"automaticApproval": [ACTOR], "manualApproval": [ACTOR]},
        "canReply": {"automaticApproval": [ACTOR]},
        "canLike": {"automaticApproval": [ACTOR]},
        "canAnnounce": {"automaticApproval": [ACTOR]},
    },
}
CREATE = {
    "@context": jsonld.CONTEXT,
    "id": "https://fedi.example/ap/objects/1/activity",
    "type": "Create",
    "actor": ACTOR,
    "object": NOTE,
}
STAMP = {
    "@context": jsonld.CONTEXT,
    "id": "https://fedi.example/ap/stamps/1",
    "type": "QuoteAuthorization",
    "attributedTo": ACTOR,
    "interactingObject": "https://m.partner.example/2",
    "interactionTarget": "https://fedi.example/ap/objects/1",
}
PERSON = {
    "@context": jsonld.ACTOR_CONTEXT,
    "id": ACTOR,
    "type": "Person",
    "preferredUsername": "acme",
    "webfinger": "acme@company.example",
    "name": "Acme",
    "summary": "<p>We make everything</p>",
    "inbox": f"{ACTOR}/inbox",
    "outbox": f"{ACTOR}/outbox",
    "followers": f"{ACTOR}/followers",
    "following": f"{ACTOR}/following",
    "featured": f"{ACTOR}/featured",
    "featuredTags": f"{ACTOR}/tags",
    "endpoints": {"sharedInbox": "https://fedi.example/inbox"},
    "publicKey": {"id": f"{ACTOR}#main-key", "owner": ACTOR, "publicKeyPem": "PEM"},
    "assertionMethod": [
        {
            "id": f"{ACTOR}#ed25519-key",
            "type": "Multikey",
            "controller": ACTOR,
            "publicKeyMultibase": "z6Mk",
        }
    ],
    "manuallyApprovesFollowers": True,
    "discoverable": False,
    "indexable": False,
    "suspended": False,
    "memorial": False,
    "movedTo": "https://m.partner.example/users/ana",
    "alsoKnownAs": ["https://m.partner.example/users/ana"],
    "attributionDomains": ["company.example"],
    "hidesToPublicFromUnauthedWeb": True,
    "hidesCcPublicFromUnauthedWeb": True,
    "interactionPolicy": {"canFeature": {"automaticApproval": [ACTOR]}},
    "published": "2026-11-20T00:00:00Z",
    "icon": {"type": "Image", "mediaType": "image/webp", "url": "https://fedi.example/m/2"},
    "attachment": [{"type": "PropertyValue", "name": "Web", "value": "x"}],
    "tag": [],
}


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something tried to reach the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def iris(expanded: Any) -> Iterator[str]:
    """Every property and every type in an expanded document."""
    match expanded:
        case list():
            for each in expanded:
                yield from iris(each)
        case dict():
            yield from (key for key in expanded if not key.startswith("@"))
            if "@value" not in expanded:
                yield from expanded.get("@type", [])
            for value in expanded.values():
                yield from iris(value)
        case _:
            return


def names(document: Any) -> Iterator[str]:
    """Every property in a plain document, but those that JSON-LD keeps for itself."""
    match document:
        case list():
            for each in document:
                yield from names(each)
        case dict():
            for key, value in document.items():
                if key not in {"@context", "id", "type", "contentMap"}:
                    yield key
                    yield from names(value)
        case _:
            return


@pytest.mark.parametrize("document", [CREATE, STAMP, PERSON], ids=["create", "stamp", "person"])
def test_every_term_we_write_has_a_meaning_offline(document: dict[str, Any]) -> None:
    expanded = jsonld.expand(document)
    found = [*iris(expanded)]
    assert all(iri.startswith(("https://", "http://")) for iri in found), found
    ends = {iri.rpartition("#")[2].rpartition("/")[2] for iri in found}
    assert {*names(document)} <= ends


def test_a_term_we_do_not_define_is_noticed_by_the_test_above() -> None:
    unknown = [*iris(jsonld.expand(CREATE | {"somethingElse": 1}))]
    assert any(iri.startswith("_:") for iri in unknown)


@pytest.mark.parametrize("context", [jsonld.CONTEXT, jsonld.ACTOR_CONTEXT])
def test_the_plain_as2_address_stands_first_in_what_we_write(context: jsonld.Context) -> None:
    assert context[0] == "https://www.w3.org/ns/activitystreams"  # C-1: Mastodon looks for it
    assert context[1] == "https://w3id.org/security/v1"


def test_actors_bring_the_contexts_of_multikeys_and_webfinger() -> None:
    extra = {"https://www.w3.org/ns/cid/v1", "https://purl.archive.org/socialweb/webfinger"}
    assert extra <= {each for each in jsonld.ACTOR_CONTEXT if isinstance(each, str)}
    assert not extra & {each for each in jsonld.CONTEXT if isinstance(each, str)}


@pytest.mark.parametrize("url", jsonld.OURS)
def test_every_context_that_ships_with_us_can_be_used(url: str) -> None:
    document = {"@context": [jsonld.AS2, url], "type": "Note", "name": "x"}
    assert jsonld.expand(document)[0]["@type"] == ["https://www.w3.org/ns/activitystreams#Note"]


def test_an_integrity_proof_keeps_its_terms() -> None:
    contexts = [jsonld.AS2, "https://w3id.org/security/data-integrity/v2"]
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": f"{ACTOR}#ed25519-key",
        "proofPurpose": "assertionMethod",
        "proofValue": "z2",
        "created": "2026-11-20T09:10:00Z",
    }
    expanded = jsonld.expand({"@context": contexts, "type": "Like", "actor": ACTOR, "proof": proof})
    found = [*iris(expanded)]
    assert "https://w3id.org/security#proofValue" in found
    assert not [iri for iri in found if iri.startswith("_:")]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/context",
        "http://127.0.0.1/context",
        "https://www.w3.org/ns/activitystreams?x",
        "file:///etc/passwd",
    ],
)
def test_an_unknown_context_is_refused_without_asking_anybody(url: str) -> None:
    with pytest.raises(Malformed):
        jsonld.expand({"@context": url, "name": "x"})
    with pytest.raises(Malformed):
        jsonld.expand({"@context": {"@import": url}, "name": "x"})


def test_after_install_pyld_itself_asks_nobody() -> None:
    jsonld.install()
    loader = pyld.get_document_loader()
    assert type(loader) is type(jsonld.loader())
    with pytest.raises(pyld.JsonLdError):
        pyld.expand({"@context": "https://evil.example/context", "name": "x"})
    assert pyld.expand({"@context": jsonld.CID, "id": ACTOR, "controller": ACTOR})


def test_renamed_terms_come_back_under_our_names() -> None:
    renamed = {
        "@context": {"tut": "https://www.w3.org/ns/activitystreams#content", "wer": "@id"},
        "wer": "https://m.partner.example/1",
        "tut": "Hi",
    }
    assert jsonld.compact(renamed) == {
        "@context": jsonld.CONTEXT,
        "id": "https://m.partner.example/1",
        "content": "Hi",
    }


@pytest.mark.parametrize(
    "document",
    [
        {"@context": jsonld.AS2, "tag": ["x"] * 6000},
        {"@context": {"@vocab": 7}},
        {"@context": {"a": {"@id": "b"}, "b": {"@id": "a"}}, "a": 1},
        {"@context": jsonld.AS2, "@type": {"x": 1}},
        {"@context": [[[[[[jsonld.AS2]]]]]], "@id": 5},
    ],
)
def test_what_pyld_cannot_or_should_not_read_is_malformed(document: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        jsonld.expand(document)


def test_a_document_nested_too_deeply_is_malformed() -> None:
    deep: dict[str, Any] = {}
    for _ in range(40):
        deep = {"object": deep}
    with pytest.raises(Malformed):
        jsonld.expand({"@context": jsonld.AS2, **deep})


KEYWORDS = ["@context", "@id", "@type", "@graph", "@reverse", "@list", "@value", "@vocab", "x"]
KEYWORDS += ["@container", "@import", "@included", "@nest", "type"]
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(jsonld.AS2),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYWORDS), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["@context", "@graph", "object", "x"]), _ANYTHING))
def test_no_document_raises_anything_but_malformed(document: dict[str, Any]) -> None:
    for read in (jsonld.expand, jsonld.compact):
        try:
            read(document)
        except Malformed:
            continue
