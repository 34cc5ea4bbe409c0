"""Which database an organisation lives in, made ready: created, migrated, both logins known."""

import re
from dataclasses import dataclass

from fedi.config import Settings
from fedi.errors import Invalid
from fedi.store import embedded
from fedi.store.embedded import Cluster
from fedi.store.migrate import migrate

LONGEST = 50  # the outside login's name is made from it


@dataclass(frozen=True, slots=True)
class Place:
    url: str
    outside_url: str | None  # None: this database has no restricted login yet


def database_name(settings: Settings) -> str:
    """One cluster may hold several organisations, told apart by their host."""
    return "fedi_" + re.sub(r"[^a-z0-9]+", "_", settings.host.lower())[: LONGEST - 5]


def known(settings: Settings, cluster: Cluster | None) -> Place:
    """Where it is, whether or not it was ever made."""
    if cluster is not None:
        name = database_name(settings)
        return Place(cluster.url(name), cluster.outside_url(name))
    if settings.database_url is None:
        raise Invalid("Set FEDI_DATABASE_URL, or let fedi run its own database.")
    return Place(settings.database_url, settings.database_url_outside)


async def prepare(settings: Settings, cluster: Cluster | None) -> Place:
    """Create and migrate it; safe however many processes start together."""
    place = known(settings, cluster)
    if cluster is None:
        await migrate(place.url, outside_password=_given_password(settings))
        return place
    name = database_name(settings)
    await embedded.ensure_database(cluster.admin_url, name)
    await migrate(place.url, outside_password=cluster.outside_password(name))
    return place


def _given_password(settings: Settings) -> str | None:
    """The password in FEDI_DATABASE_URL_OUTSIDE; None leaves the login to the DBA."""
    if settings.database_url_outside is None:
        return None
    found = re.match(r"[a-z]+://[^:/@]+:([^@]+)@", settings.database_url_outside)
    return found[1] if found else None
