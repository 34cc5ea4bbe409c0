"""How other servers find us: webfinger, host-meta, nodeinfo.

Spec: federation.md D-1 to D-5, D-9; RFC 7033, RFC 6415
"""

from collections.abc import Iterable
from html import escape

from fedi import VERSION
from fedi.activitypub.vocab import ACTIVITYSTREAMS, Document

_SCHEMA = "http://nodeinfo.diaspora.software/ns/schema"
NODEINFO_VERSIONS = ("2.0", "2.1")


def webfinger(
    handle: str,
    *,
    actor_uri: str,
    origin: str,
    profile_url: str | None = None,
    other_handles: Iterable[str] = (),
    is_person: bool = True,
) -> Document:
    """The JRD of `handle` ("user@domain", canonical), whichever form was asked for (D-2).

    No avatar link: a profile picture is not world-visible just because the name is.
    """
    handles = [f"acct:{other}" for other in other_handles if other != handle]
    others = [*handles, profile_url, actor_uri]
    links: list[Document] = [
        {"rel": "self", "type": "application/activity+json", "href": actor_uri}  # D-3: exactly
    ]
    if profile_url:
        rel = "http://webfinger.net/rel/profile-page"
        links.insert(0, {"rel": rel, "type": "text/html", "href": profile_url})
    if is_person:
        template = f"{origin}/authorize_interaction?uri={{uri}}"
        links.append({"rel": "http://ostatus.org/schema/1.0/subscribe", "template": template})
    aliases = [alias for alias in dict.fromkeys(others) if alias]
    return {"subject": f"acct:{handle}", "aliases": aliases, "links": links}


def host_meta(origin: str) -> Document:
    """`host-meta.json`."""
    return {"links": [{"rel": "lrdd", "template": _lrdd(origin)}]}


def host_meta_xml(origin: str) -> str:
    """`host-meta`, which Mastodon reads when webfinger answers 404 (D-5)."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" template="{escape(_lrdd(origin))}"/>\n'
        "</XRD>\n"
    )


def nodeinfo_links(origin: str, instance_actor_uri: str) -> Document:
    """`/.well-known/nodeinfo`, with the server's own actor (FEP-2677)."""
    links = [
        {"rel": f"{_SCHEMA}/{version}", "href": f"{origin}/nodeinfo/{version}"}
        for version in NODEINFO_VERSIONS
    ]
    own = {"rel": f"{ACTIVITYSTREAMS}#Application", "href": instance_actor_uri}
    return {"links": [*links, own]}


def nodeinfo(version: str, *, open_registrations: bool = False) -> Document:
    """NodeInfo 2.0 or 2.1.  No counts and no peers: they would tell how many work here (D-9)."""
    return {
        "version": version,
        "software": {"name": "fedi", "version": VERSION},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": open_registrations,
        "usage": {"users": {}},
        "metadata": {},
    }


def _lrdd(origin: str) -> str:
    return f"{origin}/.well-known/webfinger?resource={{uri}}"
