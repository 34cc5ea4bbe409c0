"""Whatever a stranger sends, the readers answer with a value or a refusal: P-10, O-1."""

import contextlib
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fedi import errors
from fedi.activitypub.shapes import id_of, read_actor, read_note
from fedi.activitypub.vocab import PUBLIC, read_activity

NOW = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
ANA = "https://m.partner.example/users/ana"
P1 = "https://fedi.example/ap/objects/p1"
CONTEXT = "https://www.w3.org/ns/activitystreams"
NAMES = """
    id type actor object to cc as:to tag attachment url href name summary content contentMap
    published updated attributedTo inReplyTo oneOf anyOf endTime closed replies totalItems icon
    image preview mediaType blurhash focalPoint width location quote language @value publicKey
    owner publicKeyPem inbox endpoints preferredUsername @context
""".split()  # noqa: SIM905 - forty quoted words would hide what they are
TYPES = ["Note", "Question", "Video", "Image", "Person", "Mention", "Hashtag", "Emoji", "Like"]
WORDS = [ANA, P1, PUBLIC, "as:Public", "2026-11-20T09:00:00Z", CONTEXT, *TYPES]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(WORDS)
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=8)
    ),
    max_leaves=25,
)
OBJECTS = st.dictionaries(st.sampled_from(NAMES), TREES, max_size=12)


KINDS = ["Note", "Question", "Article", "Video", "Image", "Event"]


@settings(max_examples=100, deadline=None)
@given(tree=TREES)
def test_no_tree_surprises_the_readers(tree: Any) -> None:
    id_of(tree)
    read_note(tree, received=NOW)
    for read in (read_actor, lambda document: read_activity(document, signer=ANA)):
        with contextlib.suppress(errors.FediError):
            read(tree)


@settings(max_examples=150, deadline=None)
@given(
    parts=OBJECTS, kind=st.sampled_from(["Note", "Question", "Article", "Video", "Image", "Event"])
)
def test_no_property_of_a_post_surprises_the_reader(parts: dict[str, Any], kind: str) -> None:
    own = {"id": f"{ANA}/1", "type": kind, "attributedTo": ANA}
    assert read_note(parts | own, received=NOW)


@settings(max_examples=100, deadline=None)
@given(parts=OBJECTS)
def test_no_property_of_an_actor_surprises_the_reader(parts: dict[str, Any]) -> None:
    own = {"id": ANA, "type": "Person", "inbox": f"{ANA}/inbox", "preferredUsername": "ana"}
    assert read_actor(parts | own).id == ANA


@settings(max_examples=100, deadline=None)
@given(parts=OBJECTS)
def test_no_property_of_an_activity_surprises_the_reader(parts: dict[str, Any]) -> None:
    fixed = {"@context": CONTEXT, "type": "Like", "actor": ANA}
    assert read_activity(parts | fixed | {"id": None}, signer=ANA).type == "Like"
