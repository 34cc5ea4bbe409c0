"""A name leads only into the public internet, whatever its owner puts into the DNS."""

import pytest

from fedi.net import Guard
from fedi.net.resolver import RefusedAddress, Resolver

ADDRESSES = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.254 127.0.0.1 127.255.255.254 169.254.169.254
172.16.0.1 172.31.255.255 192.0.0.8 192.0.0.170 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1
198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:127.0.0.1 ::ffff:a9fe:a9fe
64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1 2001:10::1 2001:20::1 2001:db8::1
2002:7f00:1::1 2002:808:808::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1
ff02::1 2606:4700:4700::1111%eth0 127.1 017700000001 0x7f000001 localhost
"""
REFUSED = ADDRESSES.split()
PUBLIC = ["8.8.8.8", "172.15.255.255", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111"]
PUBLIC += ["::ffff:8.8.8.8"]


async def addresses(resolver: Resolver, name: str = "social.test") -> list[str]:
    try:
        return [found["host"] for found in await resolver.resolve(name, 443)]
    finally:
        await resolver.close()


def answering(*found: str, guard: Guard | None = None) -> Resolver:
    async def lookup(name: str) -> list[str]:
        return list(found)

    return Resolver(guard or Guard(), lookup)


@pytest.mark.parametrize("address", REFUSED)
async def test_a_name_may_not_lead_to(address: str) -> None:
    with pytest.raises(RefusedAddress):
        await addresses(answering(address))


@pytest.mark.parametrize("address", PUBLIC)
async def test_a_name_may_lead_to(address: str) -> None:
    assert await addresses(answering(address)) == [address]


async def test_one_private_address_among_public_ones_refuses_the_name() -> None:
    assert await addresses(answering("8.8.8.8", "1.1.1.1")) == ["8.8.8.8", "1.1.1.1"]
    with pytest.raises(RefusedAddress):
        await addresses(answering("8.8.8.8", "10.0.0.1"))


async def test_a_name_without_addresses_is_an_error() -> None:
    with pytest.raises(OSError, match="no address"):
        await addresses(answering())


async def test_a_development_peer_lives_on_this_machine_without_asking_the_dns() -> None:
    guard = Guard(dev_peers=["*.localhost"])
    assert await addresses(answering("8.8.8.8", guard=guard), "a.localhost") == ["127.0.0.1"]
    assert await addresses(answering("8.8.8.8", guard=guard), "a.test") == ["8.8.8.8"]
    with pytest.raises(RefusedAddress):
        await addresses(answering("127.0.0.1", guard=guard), "a.test")


async def test_the_systems_own_answer_is_checked_too() -> None:
    with pytest.raises(RefusedAddress):
        await addresses(Resolver(Guard()), "localhost")
