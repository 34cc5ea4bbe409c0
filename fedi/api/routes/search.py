"""Search: docs.joinmastodon.org/methods/search, and the account search of methods/accounts."""

from typing import TypedDict
from urllib.parse import urlsplit

import msgspec

from fedi.actions import resolve
from fedi.api import known
from fedi.api.call import ANYONE, Call, Route, Routes, id_of
from fedi.api.entities import account as account_entity
from fedi.api.entities import status as status_entity
from fedi.api.entities import tag as tag_entity
from fedi.api.entities.account import AccountEntity
from fedi.api.entities.status import StatusEntity
from fedi.api.entities.tag import TagEntity
from fedi.errors import Forbidden, Gone, Invalid, NotFound, Unreachable
from fedi.model.account import Account
from fedi.model.status import Status
from fedi.store import Conn, accounts, search, statuses
from fedi.store.search import Slice, Within

LONGEST_QUERY = 500
TYPES = ("accounts", "statuses", "hashtags")


class SearchForm(msgspec.Struct):
    q: str = ""
    type: str | None = None
    resolve: bool = False
    following: bool = False
    account_id: str | None = None
    max_id: str | None = None
    min_id: str | None = None
    limit: int = 20
    offset: int = 0

    @property
    def query(self) -> str:
        return self.q.replace("\x00", "").strip()[:LONGEST_QUERY]

    def part(self, largest: int) -> Slice:
        return Slice(max(1, min(self.limit, largest)), max(0, min(self.offset, 10_000)))

    def wants(self, kind: str) -> bool:
        return self.type in (None, "", kind)


class LookupForm(msgspec.Struct):
    acct: str = ""


class SearchEntity(TypedDict):
    accounts: list[AccountEntity]
    statuses: list[StatusEntity]
    hashtags: list[TagEntity]


async def everything(call: Call) -> SearchEntity:
    form = call.read(SearchForm)
    if not form.query:
        raise Invalid("Validation failed: q can't be blank")
    if form.type not in (None, "", *TYPES):
        raise Invalid("Validation failed: type is not included in the list")
    person, post = await _brought_home(call, form)
    async with call.db.reading() as conn:
        people = await _people(call, conn, form, person) if form.wants("accounts") else []
        posts = await _posts(call, conn, form, post) if form.wants("statuses") else []
        tags = await _tags(call, conn, form) if form.wants("hashtags") else []
        return {
            "accounts": await account_entity.rendered(conn, call.view, people),
            "statuses": await status_entity.render(conn, call.view, posts),
            "hashtags": [tag_entity.render(call.view, name) for name in tags],
        }


async def people(call: Call) -> list[AccountEntity]:
    form = call.read(SearchForm)
    person, _ = await _brought_home(call, form, posts=False)
    async with call.db.reading() as conn:
        found = await _people(call, conn, form, person, largest=80) if form.query else []
        return await account_entity.rendered(conn, call.view, found)


async def lookup(call: Call) -> AccountEntity:
    acct = call.read(LookupForm).acct.strip()
    if not acct:
        raise Invalid("Validation failed: acct can't be blank")
    name, domain = _handle(call, acct)
    found = await accounts.by_handles(call.conn, [(name, domain)])
    account = found.get((name.lower(), domain))
    if account is None or not known.may_know(call.viewer, account):
        raise NotFound("Nobody is known by this name")  # so that nobody takes it for a wrong id
    return (await account_entity.rendered(call.conn, call.view, [account]))[0]


async def _brought_home(
    call: Call, form: SearchForm, *, posts: bool = True
) -> tuple[Account | None, Status | None]:
    """Whom or what a whole address names, fetched if need be.

    Only for those who are signed in: a stranger must not send us anywhere.
    """
    if not form.resolve or call.account_or_none is None or form.offset:
        return None, None
    query, is_url = form.query, form.query.startswith(("https://", "http://"))
    who = (call.db, call.client, call.settings)
    if form.wants("accounts") and (is_url or "@" in query.removeprefix("@")):
        try:
            return await resolve.account(*who, query), None
        except (NotFound, Gone, Invalid, Forbidden, Unreachable):
            pass
    if posts and is_url and form.wants("statuses"):
        try:
            return None, await resolve.status(*who, query)
        except (NotFound, Gone, Invalid, Forbidden, Unreachable):
            pass
    return None, None


async def _people(
    call: Call, conn: Conn, form: SearchForm, person: Account | None, *, largest: int = 40
) -> list[Account]:
    if person is not None:
        return [person] if known.may_know(call.viewer, person) else []
    if "://" in form.query:
        return await _by_url(call, conn, form.query)
    name, _, domain = form.query.removeprefix("@").partition("@")
    if domain == call.settings.domain:
        domain = ""
    return await search.accounts(
        conn, call.viewer, name, form.part(largest), domain=domain, following=form.following
    )


async def _by_url(call: Call, conn: Conn, url: str) -> list[Account]:
    found = await accounts.find_by_uri(conn, url)
    return [found] if found and known.may_know(call.viewer, found) else []


async def _posts(call: Call, conn: Conn, form: SearchForm, post: Status | None) -> list[Status]:
    """Strangers read what is said on our pages; they do not search it."""
    if call.account_or_none is None:
        return []
    if post is not None:
        return await statuses.visible_among(conn, call.viewer, [post.id])
    if "://" in form.query:
        known_here = await statuses.by_uris(conn, [form.query])
        return await statuses.visible_among(conn, call.viewer, [s.id for s in known_here.values()])
    within = Within(_id(form.account_id), _id(form.max_id), _id(form.min_id))
    return await search.statuses(conn, call.viewer, form.query, form.part(40), within)


async def _tags(call: Call, conn: Conn, form: SearchForm) -> list[str]:
    beginning = form.query.removeprefix("#")
    if not beginning or any(map(str.isspace, beginning)) or "@" in beginning:
        return []
    return await search.tags(conn, call.viewer, beginning, form.part(40))


def _handle(call: Call, acct: str) -> tuple[str, str | None]:
    """(username, domain or None for ours).  Raises NotFound."""
    name, _, domain = acct.removeprefix("@").partition("@")
    if not name or "\x00" in acct or len(acct) > LONGEST_QUERY:
        raise NotFound
    ours = domain.lower() in ("", call.settings.domain, urlsplit(call.settings.origin).netloc)
    return name, None if ours else domain.lower()


def _id(text: str | None) -> int | None:
    if not text:
        return None
    number = id_of(text)
    if number is None:
        raise Invalid("Validation failed: an id is not a number")
    return number


ROUTES: Routes = (
    Route("GET", "/api/v2/search", everything, scope=f"{ANYONE}|read:search", own_transaction=True),
    Route("GET", "/api/v1/accounts/search", people, scope="read:accounts", own_transaction=True),
    Route("GET", "/api/v1/accounts/lookup", lookup, scope=f"{ANYONE}|read:accounts"),
)
