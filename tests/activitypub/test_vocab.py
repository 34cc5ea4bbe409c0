"""Activities are read or refused as the vectors demand: P-5, C-1, C-3, S-14, W-2."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fedi import errors
from fedi.activitypub.shapes import read_note
from fedi.activitypub.vocab import Activity, moment, read_activity

VECTORS = Path(__file__).parents[1] / "wire" / "vectors"
NOW = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
ANA = "https://m.partner.example/users/ana"
P1 = "https://fedi.example/ap/objects/p1"

INDEX = json.loads((VECTORS / "index.json").read_text())["vectors"]
SIGNERS = {vector["file"]: vector["signer"] for vector in INDEX}
# Refused before or after this layer: by the JSON reader, the size and type checks, the policy on
# hosts, the key of the signer.
REFUSED_ELSEWHERE = {
    *(f"hostile/json-{name}.json" for name in ("huge-int", "lone-surrogate", "nan-infinity")),
    *(f"hostile/json-{name}.json" for name in ("trailing-garbage", "truncated")),
    *(f"hostile/host-{name}.json" for name in ("suffix-confusion", "unlisted-subdomain")),
    *(f"hostile/actor-ctype-{name}.json" for name in ("json", "ldjson-no-profile", "text-html")),
    "hostile/actor-gzip-bomb.json",
    "hostile/actor-inbox-other-host.json",
    "hostile/actor-key-hmac-confusion.json",
    "hostile/actor-redirect-other-host.json",
    "hostile/actor-trailing-dot-host.json",
    "hostile/actor-username-bad.json",
    "hostile/actor-webfinger-no-loop.json",
    "hostile/body-gzip-bomb.json",
    "hostile/body-oversize.json",
    "hostile/content-type-text.json",
    "hostile/host-homograph.json",
    "hostile/text-nul-and-controls.json",
}
ANSWERS = {400: errors.Malformed, 401: errors.BadSignature, 403: errors.BadSignature}
OURS = [vector for vector in INDEX if vector["file"] not in REFUSED_ELSEWHERE]


@cache
def raw(name: str) -> Any:
    return json.loads((VECTORS / name).read_text())


def sent(name: str) -> Activity:
    return read_activity(raw(name), signer=SIGNERS[name])


def like(**changed: Any) -> dict[str, Any]:
    body = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{ANA}#likes/1",
        "type": "Like",
        "actor": ANA,
        "object": P1,
    }
    return {name: value for name, value in (body | changed).items() if value is not ...}


@pytest.mark.parametrize("vector", OURS, ids=lambda vector: vector["file"])
def test_every_vector_is_read_or_refused_as_it_demands(vector: dict[str, Any]) -> None:
    name, status = vector["file"], vector["http"]
    if status >= 400:
        with pytest.raises(ANSWERS[status]):
            sent(name)
        return
    activity = sent(name)
    assert activity.actor == vector["signer"]
    for embed in activity.embeds:
        read_note(embed, received=NOW, activity=activity)


def test_the_first_supported_type_wins_and_may_be_prefixed() -> None:
    assert sent("hostile/type-array-mixed.json").type == "Like"
    activity = read_activity(like(type=["Wave", "as:Like", "Undo"]), signer=ANA)
    assert activity.type == "Like"
    assert read_activity(like(type="Wave"), signer=ANA).type == "Wave"  # ignored later, not refused


def test_an_activity_without_id_gets_the_same_stand_in_each_time() -> None:
    first = read_activity(like(id=...), signer=ANA)
    assert first.anonymous
    assert first.id.startswith("urn:fedi:activity:")
    assert read_activity(like(id=None), signer=ANA).id == first.id
    assert read_activity(like(id=..., object=f"{P1}0"), signer=ANA).id != first.id
    assert not read_activity(like(), signer=ANA).anonymous


def test_prefixed_names_are_read_and_plain_ones_win() -> None:
    document = like(actor=..., object=...) | {"as:actor": {"id": ANA}, "as:object": P1}
    assert read_activity(document, signer=ANA).object_id == P1
    both = like() | {"as:object": "https://evil.example/1"}
    assert read_activity(both, signer=ANA).object_id == P1


def test_blind_copies_are_dropped_at_every_depth() -> None:
    activity = sent("hostile/bto-bcc-leak.json")
    assert "dana-03" not in json.dumps(activity.document)
    assert "dana-03" in json.dumps(raw("hostile/bto-bcc-leak.json"))


def test_a_bottomless_document_is_malformed() -> None:
    nested: dict[str, Any] = {"id": P1}
    for _ in range(5000):
        nested = {"object": nested}
    with pytest.raises(errors.Malformed):
        read_activity(like(object=nested), signer=ANA)


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-11-20T09:03:00+0000", 9),
        ("2026-11-20T09:00:00.123456789Z", 9),
        ("2026-11-20T09:00:00", 9),
        ("2026-11-20T11:45:37+02:00", 9),
    ],
)
def test_dates_may_have_fractions_and_offsets(written: str, hour: int) -> None:
    when = moment(written)
    assert when
    assert (when.hour, when.tzinfo) == (hour, UTC)


@pytest.mark.parametrize(
    "written",
    ["", "now", "0000-01-01T00:00:00Z", "2026-11-20T09:00:00+23:00", "0001-01-01T00:00+01:00"],
)
def test_impossible_dates_are_none(written: str) -> None:
    assert moment(written) is None
