"""What one chose for new posts: docs.joinmastodon.org/methods/preferences."""

from typing import Any

from fedi.api.call import Call, Route, Routes
from fedi.store import preferences


async def index(call: Call) -> dict[str, Any]:
    liked = await preferences.of(call.conn, call.account.id)
    return {
        "posting:default:visibility": liked.visibility.value,
        "posting:default:sensitive": liked.sensitive,
        "posting:default:language": liked.language,
        "posting:default:quote_policy": "nobody",
        "reading:expand:media": "default",
        "reading:expand:spoilers": False,
        "reading:autoplay:gifs": False,
    }


ROUTES: Routes = (Route("GET", "/api/v1/preferences", index, scope="read:accounts"),)
