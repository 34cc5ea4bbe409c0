"""JSON-LD contexts: the constants we write, and a reader that can never reach the network.

Spec: C-1 to C-4.

The hot paths do not come here: we write documents by template and read them as plain JSON (C-3).
`expand` and `compact` are for the rare document whose terms a stranger may have renamed.

The files in `contexts/` hold the terms that fedi and its peers use of each published context, with
their published meanings; they are not copies.  A term that is missing there keeps no meaning.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyld import BUNDLED_CONTEXTS, FrozenDocumentLoader  # type: ignore[import-untyped]  # has none
from pyld import jsonld as pyld

from fedi.errors import Malformed

Document = dict[str, Any]
Context = list[str | dict[str, Any]]

MAX_NODES = 5000
MAX_DEPTH = 32

AS2 = "https://www.w3.org/ns/activitystreams"
SECURITY = "https://w3id.org/security/v1"
CID = "https://www.w3.org/ns/cid/v1"
WEBFINGER = "https://purl.archive.org/socialweb/webfinger"


def _link(iri: str, **more: str) -> dict[str, str]:
    """A term whose value is an id."""
    return {"@id": iri, "@type": "@id", **more}


_SHARED = {
    "toot": "http://joinmastodon.org/ns#",
    "gts": "https://gotosocial.org/ns#",
    "Emoji": "toot:Emoji",
    "Hashtag": "as:Hashtag",
    "blurhash": "toot:blurhash",
    "focalPoint": {"@id": "toot:focalPoint", "@container": "@list"},
    "sensitive": "as:sensitive",
    "interactionPolicy": _link("gts:interactionPolicy"),
    "automaticApproval": _link("gts:automaticApproval"),
    "manualApproval": _link("gts:manualApproval"),
}
_OF_POSTS = {
    "ostatus": "http://ostatus.org#",
    "litepub": "http://litepub.social/ns#",
    "misskey": "https://misskey-hub.net/ns#",
    "conversation": "ostatus:conversation",
    "directMessage": "litepub:directMessage",
    "votersCount": "toot:votersCount",
    "_misskey_quote": "misskey:_misskey_quote",
    "_misskey_content": "misskey:_misskey_content",
    "_misskey_reaction": "misskey:_misskey_reaction",
    "quoteUrl": "as:quoteUrl",
    "quoteUri": "http://fedibird.com/ns#quoteUri",
    "quote": _link("https://w3id.org/fep/044f#quote"),
    "quoteAuthorization": _link("https://w3id.org/fep/044f#quoteAuthorization"),
    "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
    "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
    "canQuote": _link("gts:canQuote"),
    "canReply": _link("gts:canReply"),
    "canLike": _link("gts:canLike"),
    "canAnnounce": _link("gts:canAnnounce"),
    "approvedBy": _link("gts:approvedBy"),
    "interactingObject": _link("gts:interactingObject"),
    "interactionTarget": _link("gts:interactionTarget"),
}
_OF_ACTORS = {
    "schema": "http://schema.org#",
    "PropertyValue": "schema:PropertyValue",
    "value": "schema:value",
    "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
    "movedTo": _link("as:movedTo"),
    "alsoKnownAs": _link("as:alsoKnownAs"),
    "featured": _link("toot:featured"),
    "featuredTags": _link("toot:featuredTags"),
    "discoverable": "toot:discoverable",
    "indexable": "toot:indexable",
    "suspended": "toot:suspended",
    "memorial": "toot:memorial",
    "attributionDomains": {"@id": "toot:attributionDomains", "@container": "@set"},
    "hidesToPublicFromUnauthedWeb": "gts:hidesToPublicFromUnauthedWeb",
    "hidesCcPublicFromUnauthedWeb": "gts:hidesCcPublicFromUnauthedWeb",
    "canFeature": _link("https://w3id.org/fep/7aa9#canFeature"),
}

CONTEXT: Context = [AS2, SECURITY, _SHARED | _OF_POSTS]
"""For posts and activities.  The plain AS2 string stands first: Mastodon looks for it."""

ACTOR_CONTEXT: Context = [AS2, SECURITY, CID, WEBFINGER, _SHARED | _OF_ACTORS]
"""For actors, and for activities that embed one."""

_CONTEXTS = Path(__file__).parent / "contexts"
OURS = {
    CID: "cid-v1",
    WEBFINGER: "webfinger",
    "http://joinmastodon.org/ns": "joinmastodon",
    "https://gotosocial.org/ns": "gotosocial",
    "https://join-lemmy.org/context.json": "lemmy",
    "https://litepub.social/context.jsonld": "litepub",
    "https://w3id.org/identity/v1": "identity-v1",
    "https://w3id.org/security/data-integrity/v1": "data-integrity-v1",
    "https://w3id.org/security/data-integrity/v2": "data-integrity-v2",
    "https://w3id.org/security/multikey/v1": "multikey-v1",
}


def loader() -> FrozenDocumentLoader:
    """Serves the contexts that ship with fedi and PyLD, and refuses every other URL."""
    ours = {url: _CONTEXTS / f"{name}.jsonld" for url, name in OURS.items()}
    return FrozenDocumentLoader(documents={**BUNDLED_CONTEXTS, **ours})


_LOADER = loader()


def install() -> None:
    """Make `loader` PyLD's own, once, at start.

    Importing PyLD beside aiohttp sets a loader that asks the network: whoever calls PyLD without
    naming a loader would fetch whatever URL a stranger wrote into a document.
    """
    pyld.set_document_loader(_LOADER)


def expand(document: Document) -> list[Document]:
    """The document with every term spelled out as an IRI.  Costs about 0.3 ms per KB.

    raises    Malformed when it is too large, wrong, or names a context that does not ship with us
    """
    expanded: list[Document] = _run(pyld.expand, document)
    return expanded


def compact(document: Document, context: Context = CONTEXT) -> Document:
    """The document in our terms, whatever the sender called them.  Raises Malformed."""
    compacted: Document = _run(pyld.compact, document, context)
    return compacted


def _run(process: Callable[..., Any], document: Document, *arguments: object) -> Any:
    _refuse_large(document)
    try:
        return process(document, *arguments, {"documentLoader": _LOADER})
    except (
        pyld.JsonLdError,
        RecursionError,
        TypeError,
        ValueError,
        LookupError,
        AttributeError,
    ) as error:
        # PyLD answers odd shapes with whatever breaks first; to us they are all one refusal.
        raise Malformed("The document could not be read as JSON-LD") from error


def _refuse_large(document: Document) -> None:
    level: list[object] = [document]
    nodes = 0
    for _ in range(MAX_DEPTH):
        level = [below for value in level for below in _below(value)]
        nodes += len(level)
        if nodes > MAX_NODES:
            raise Malformed("The document has too many values")
        if not level:
            return
    raise Malformed("The document is nested too deeply")


def _below(value: object) -> list[object]:
    if isinstance(value, dict):
        return [*value.values()]
    return value if isinstance(value, list) else []
