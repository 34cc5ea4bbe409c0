"""What the server says of itself, in Mastodon's two shapes: Instance and V1::Instance.

Clients read it before anybody signs in, and decide by it what they offer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fedi import VERSION
from fedi.actions.compose import MAX_LENGTH, MAX_MEDIA
from fedi.actions.profile import FIELD_LIMIT, MAX_FIELDS, NAME_LIMIT, NOTE_LIMIT
from fedi.api.view import View
from fedi.model.peer import Mode
from fedi.store.instance import Census

SOFTWARE = f"4.5.0 (compatible; fedi {VERSION})"
API_VERSION = 3  # grouped notifications (2), PKCE (3); push as 4 wants it is not there
MAX_PINNED = 5
TYPES = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"]


@dataclass(frozen=True, slots=True)
class About:
    """What admins wrote, counted and decided."""

    texts: dict[str, tuple[Any, datetime]]
    census: Census
    mode: Mode

    def text(self, name: str, otherwise: str = "") -> str:
        return str(self.texts[name][0]) if name in self.texts else otherwise


def render(view: View, about: About) -> dict[str, Any]:
    settings = view.settings
    return {
        "domain": settings.domain,
        "title": about.text("title", settings.domain),
        "version": SOFTWARE,
        "source_url": settings.origin,
        "description": about.text("description"),
        "wrapstodon": None,
        "usage": {"users": {"active_month": about.census.active_month}},
        "thumbnail": {"url": _thumbnail(view), "description": ""},
        "icon": [],
        "languages": ["en"],
        "configuration": _configuration(view, about),
        "registrations": _registrations(view),
        "api_versions": {"mastodon": API_VERSION},
        "contact": {"email": about.text("contact_email"), "account": None},
        "rules": [],
        "account_domain": settings.domain,
    }


def render_v1(view: View, about: About) -> dict[str, Any]:
    settings, census = view.settings, about.census
    return {
        "uri": settings.domain,
        "title": about.text("title", settings.domain),
        "short_description": about.text("description"),
        "description": about.text("description"),
        "email": about.text("contact_email"),
        "version": SOFTWARE,
        "urls": {"streaming_api": _streaming(view)},
        "stats": {
            "user_count": census.users,
            "status_count": census.statuses,
            "domain_count": census.domains,
        },
        "thumbnail": _thumbnail(view),
        "languages": ["en"],
        "registrations": settings.registration in ("open", "approval"),
        "approval_required": settings.registration == "approval",
        "invites_enabled": False,
        "configuration": {
            "accounts": {"max_featured_tags": 0, "max_profile_fields": MAX_FIELDS},
            "statuses": STATUSES,
            "media_attachments": MEDIA,
            "polls": POLLS,
        },
        "contact_account": None,
        "rules": [],
    }


STATUSES = {
    "max_characters": MAX_LENGTH,
    "max_media_attachments": MAX_MEDIA,
    "characters_reserved_per_url": 23,
}
# Whole numbers of 32 bits: larger ones break the whole document in a client.
MEDIA = {
    "supported_mime_types": TYPES,
    "description_limit": 1_500,
    "image_size_limit": 16 << 20,
    "image_matrix_limit": 33_177_600,
    "video_size_limit": 0,
    "video_frame_rate_limit": 0,
    "video_matrix_limit": 0,
}
# Polls are refused; clients need these numbers all the same.
POLLS = {
    "max_options": 4,
    "max_characters_per_option": 50,
    "min_expiration": 300,
    "max_expiration": 2_629_746,
}
ACCOUNTS = {
    "max_display_name_length": NAME_LIMIT,
    "max_note_length": NOTE_LIMIT,
    "max_avatar_description_length": 0,
    "max_header_description_length": 0,
    "max_featured_tags": 0,
    "max_pinned_statuses": MAX_PINNED,
    "max_profile_fields": MAX_FIELDS,
    "profile_field_name_limit": FIELD_LIMIT,
    "profile_field_value_limit": FIELD_LIMIT,
}


def _configuration(view: View, about: About) -> dict[str, Any]:
    origin = view.settings.origin
    return {
        "urls": {
            "streaming": _streaming(view),
            "status": None,
            "about": f"{origin}/about",
            "privacy_policy": None,
            "terms_of_service": None,
        },
        "vapid": {"public_key": ""},  # none: push is not offered
        "accounts": ACCOUNTS,
        "statuses": STATUSES,
        "media_attachments": MEDIA,
        "polls": POLLS,
        "translation": {"enabled": False},
        "timelines_access": _access(view, about),
        "limited_federation": about.mode is not Mode.OPEN,
    }


def _access(view: View, about: About) -> dict[str, dict[str, str]]:
    """What other servers say is for those who are signed in, always."""
    local_open = view.settings.public_pages and about.mode is not Mode.CLOSED
    feeds = {"local": "public" if local_open else "authenticated", "remote": "authenticated"}
    return {"live_feeds": feeds, "hashtag_feeds": feeds, "trending_link_feeds": feeds}


def _registrations(view: View) -> dict[str, Any]:
    registration = view.settings.registration
    return {
        "enabled": registration in ("open", "approval"),
        "approval_required": registration == "approval",
        "reason_required": registration == "approval",
        "message": None,
        "min_age": None,
        "url": None,
    }


def _streaming(view: View) -> str:
    """ws:// or wss://, of the same host."""
    return view.settings.origin.replace("http", "ws", 1)


def _thumbnail(view: View) -> str:
    return f"{view.links.origin}/media/missing/header.png"
