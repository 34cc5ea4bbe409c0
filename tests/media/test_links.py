"""Addresses of pictures: they are the right to load, so they must not be guessed or kept."""

from datetime import UTC, datetime, timedelta

from fedi.media.links import Links

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LINKS = Links(b"0123456789abcdef", "https://acme.example")


def _parts(url: str) -> tuple[str, int, str, int, str]:
    week, viewer, mac, media_id, variant = url.removeprefix("https://acme.example/media/").split(
        "/"
    )
    return week, int(viewer), mac, int(media_id), variant


def test_an_address_is_the_same_all_week_and_lives_two_weeks_at_least() -> None:
    url = LINKS.attachment(7, "small", 3, now=NOW)
    assert url == LINKS.attachment(7, "small", 3, now=NOW + timedelta(days=2))
    assert url != LINKS.attachment(7, "small", 3, now=NOW + timedelta(days=7))
    assert LINKS.check(*_parts(url), now=NOW)
    assert LINKS.check(*_parts(url), now=NOW + timedelta(days=14))
    assert not LINKS.check(*_parts(url), now=NOW + timedelta(days=22))
    assert not LINKS.check(*_parts(url), now=NOW - timedelta(days=8))


def test_an_address_opens_nothing_else() -> None:
    week, viewer, mac, media_id, variant = _parts(LINKS.attachment(7, "small", 3, now=NOW))
    assert LINKS.check(week, viewer, mac, media_id, variant, now=NOW)
    for wrong in (
        ("2025w52", viewer, mac, media_id, variant),
        (week, 4, mac, media_id, variant),
        (week, viewer, mac[:-1] + "é", media_id, variant),
        (week, viewer, "", media_id, variant),
        (week, viewer, mac, 8, variant),
        (week, viewer, mac, media_id, "original"),
    ):
        assert not LINKS.check(*wrong, now=NOW), wrong
    other = Links(b"another secret!!", "https://acme.example")
    assert not other.check(week, viewer, mac, media_id, variant, now=NOW)
