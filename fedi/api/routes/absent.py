"""What this server has none of: lists that are truly empty, so that clients do not stumble.

What would have to be written has no route: nothing is accepted and forgotten.
"""

from fedi.api.call import ANYONE, PUBLIC, Call, Route, Routes


async def nothing(_call: Call) -> list[object]:
    return []


async def no_languages(_call: Call) -> dict[str, list[str]]:
    return {}


ROUTES: Routes = (
    Route("GET", "/api/v1/custom_emojis", nothing, scope=PUBLIC),
    Route("GET", "/api/v1/instance/translation_languages", no_languages, scope=PUBLIC),
    Route("GET", "/api/v1/announcements", nothing, scope="read"),
    Route("GET", "/api/v1/trends", nothing, scope=ANYONE),
    Route("GET", "/api/v1/trends/tags", nothing, scope=ANYONE),
    Route("GET", "/api/v1/trends/statuses", nothing, scope=ANYONE),
    Route("GET", "/api/v1/trends/links", nothing, scope=ANYONE),
    Route("GET", "/api/v1/lists", nothing, scope="read:lists"),
    Route("GET", "/api/v1/followed_tags", nothing, scope="read:follows"),
    Route("GET", "/api/v1/featured_tags", nothing, scope="read:accounts"),
    Route("GET", "/api/v1/featured_tags/suggestions", nothing, scope="read:accounts"),
    Route("GET", "/api/v1/endorsements", nothing, scope="read:accounts"),
    Route("GET", "/api/v1/domain_blocks", nothing, scope="read:blocks"),
    Route("GET", "/api/v1/scheduled_statuses", nothing, scope="read:statuses"),
    Route("GET", "/api/v1/suggestions", nothing, scope="read"),
    Route("GET", "/api/v2/suggestions", nothing, scope="read"),
)
