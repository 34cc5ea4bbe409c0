"""Settings: where they come from, what is refused, what `fedi config show` may print."""

from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from fedi import config
from fedi.errors import Invalid

DEV = {"FEDI_DEV_PEERS": "*.localhost"}


def test_without_any_setting_the_documented_defaults_hold(tmp_path: Path) -> None:
    settings = config.load({"FEDI_DATA": str(tmp_path)})
    assert settings.origin == "http://localhost:8000"
    assert (settings.host, settings.domain) == ("localhost:8000", "localhost:8000")
    assert settings.listen == ("127.0.0.1", 8000)
    assert (settings.federation, settings.registration) == ("allowlist", "closed")
    assert (settings.workers, settings.outbox_hold) == (1, 30)
    assert settings.rate_limits
    assert settings.public_pages
    assert settings.database_url is None
    assert (settings.log_format, settings.log_level) == ("text", "info")
    assert IPv4Network("127.0.0.0/8") in settings.trusted_proxies
    assert settings.trust_unix_socket


def test_the_environment_wins_over_the_file_and_show_says_so(tmp_path: Path) -> None:
    (tmp_path / "fedi.toml").write_text(
        'url = "https://file.example"\nworkers = 3\nrate_limits = false\n'
        'dev_peers = ["*.localhost", "*.example"]\n[dev_routes]\n"*.example" = "127.0.0.1:9000"\n'
    )
    environ = {"FEDI_DATA": str(tmp_path), "FEDI_URL": "https://env.example/", "FEDI_WORKERS": ""}
    settings = config.load(environ)
    assert settings.origin == "https://env.example"
    assert settings.workers == 3
    assert not settings.rate_limits
    assert settings.dev_peers == ("*.localhost", "*.example")
    assert settings.dev_routes == {"*.example": "127.0.0.1:9000"}
    shown = {line.name: line for line in config.explain(environ)}
    assert shown["FEDI_URL"].source == "environment"
    assert shown["FEDI_WORKERS"].source == str(tmp_path / "fedi.toml")
    assert shown["FEDI_OUTBOX_HOLD"] == ("FEDI_OUTBOX_HOLD", "30", "default")


def test_every_documented_variable_is_shown_once(tmp_path: Path) -> None:
    names = [line.name for line in config.explain({"FEDI_DATA": str(tmp_path)})]
    assert len(names) == len(set(names)) == 20


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Social.Acme.Example", "social.acme.example"),
        ("https://social.acme.example:443/", "social.acme.example"),
        ("https://social.acme.example:8443", "social.acme.example:8443"),
        ("https://bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_the_host_carries_a_port_only_where_the_url_needs_one(url: str, host: str) -> None:
    settings = config.load({"FEDI_URL": url})
    assert settings.host == host
    assert settings.origin == f"https://{host}"


def test_handles_may_live_on_another_domain_than_the_server() -> None:
    settings = config.load(
        {"FEDI_URL": "https://social.acme.example", "FEDI_DOMAIN": "Acme.example"}
    )
    assert (settings.host, settings.domain) == ("social.acme.example", "acme.example")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FEDI_URL", "social.acme.example"),
        ("FEDI_URL", "https://acme.example/path"),
        ("FEDI_URL", "https://user@acme.example"),
        ("FEDI_URL", "https://acme.example:99999"),
        ("FEDI_URL", "https://[::1]"),
        ("FEDI_URL", "https://a<b>"),
        ("FEDI_URL", "https://" + "a" * 300),
        ("FEDI_DOMAIN", "acme example"),
        ("FEDI_DOMAIN", "@acme.example"),
        ("FEDI_BIND", "8000"),
        ("FEDI_BIND", "127.0.0.1:70000"),
        ("FEDI_BIND", "unix:relative"),
        ("FEDI_DATABASE_URL", "mysql://localhost/fedi"),
        ("FEDI_WORKERS", "0"),
        ("FEDI_WORKERS", "many"),
        ("FEDI_FEDERATION", "everyone"),
        ("FEDI_OUTBOX_HOLD", "-1"),
        ("FEDI_REGISTRATION", "yes"),
        ("FEDI_RATE_LIMITS", "maybe"),
        ("FEDI_TRUSTED_PROXIES", "proxy.example"),
        ("FEDI_SMTP_URL", "mail.example"),
        ("FEDI_MEDIA_URL", "ftp://media.example"),
        ("FEDI_EGRESS_PROXY", "proxy:3128"),
        ("FEDI_DEV_PEERS", "*.local host"),
        ("FEDI_DEV_ROUTES", "*.example"),
        ("FEDI_DEV_CLOCK", "yesterday"),
        ("FEDI_LOG", "loud"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(name: str, value: str) -> None:
    with pytest.raises(Invalid, match=name):
        config.load({name: value})


def test_a_file_with_an_unknown_key_or_bad_syntax_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "fedi.toml"
    for content in ('federatoin = "open"', 'data = "/elsewhere"', "url = "):
        file.write_text(content)
        with pytest.raises(Invalid, match=r"fedi\.toml"):
            config.load({"FEDI_DATA": str(tmp_path)})
    file.write_text('federation = "open"')
    assert config.load({"FEDI_DATA": str(tmp_path)}).federation == "open"


@pytest.mark.parametrize("host", ["localhost", "acme.localhost:8001", "acme.test", "acme.example"])
def test_development_settings_work_on_loopback_under_a_reserved_name(host: str) -> None:
    settings = config.load(DEV | {"FEDI_URL": f"http://{host}", "FEDI_BIND": "[::1]:8001"})
    assert settings.dev_peers == ("*.localhost",)


@pytest.mark.parametrize(
    "extra",
    [
        {"FEDI_BIND": "0.0.0.0:8000"},
        {"FEDI_BIND": "unix:/run/fedi.sock"},
        {"FEDI_BIND": "192.0.2.1:8000"},
        {"FEDI_URL": "https://social.acme.com"},
        {"FEDI_URL": "https://notlocalhost"},
        {"FEDI_URL": "https://example"},
    ],
)
@pytest.mark.parametrize(
    "setting",
    [
        DEV,
        {"FEDI_DEV_ROUTES": "*.example=127.0.0.1:9000"},
        {"FEDI_DEV_CLOCK": "2026-01-31T12:00:00Z"},
    ],
)
def test_development_settings_are_refused_where_strangers_could_reach_us(
    setting: dict[str, str], extra: dict[str, str]
) -> None:
    config.load(extra)  # the same place without them is fine
    with pytest.raises(Invalid, match="is for development") as refusal:
        config.load(setting | extra)
    assert "Unset FEDI_DEV_" in str(refusal.value)


def test_the_clock_of_development_is_read_as_utc() -> None:
    noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    for text in ("2026-01-31T12:00:00", "2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00"):
        assert config.load({"FEDI_DEV_CLOCK": text}).dev_clock == noon


def test_trusted_proxies_can_be_networks_or_nobody() -> None:
    some = config.load({"FEDI_TRUSTED_PROXIES": "10.0.0.0/8, unix"})
    assert some.trusted_proxies == (IPv4Network("10.0.0.0/8"),)
    assert some.trust_unix_socket
    nobody = config.load({"FEDI_TRUSTED_PROXIES": "none"})
    assert (nobody.trusted_proxies, nobody.trust_unix_socket) == ((), False)


@pytest.mark.parametrize("word", ["json", "json,debug", "debug json"])
def test_log_takes_a_format_and_a_level_in_any_order(word: str) -> None:
    settings = config.load({"FEDI_LOG": word})
    assert settings.log_format == "json"
    assert settings.log_level == ("debug" if "debug" in word else "info")


def test_no_password_is_ever_shown() -> None:
    environ = {
        "FEDI_DATABASE_URL": "postgresql://app:hunter2@db.example/fedi",
        "FEDI_DATABASE_URL_OUTSIDE": "postgresql:///fedi?host=/run/pg&user=o&password=hunter2",
        "FEDI_SMTP_URL": "smtps://mailer:hunter2@mail.example",
        "FEDI_EGRESS_PROXY": "http://fedi:hunter2@proxy.example:3128",
    }
    shown = {line.name: line.value for line in config.explain(environ)}
    assert "hunter2" not in str(shown)
    assert shown["FEDI_DATABASE_URL"] == "postgresql://app:***@db.example/fedi"
    assert shown["FEDI_EGRESS_PROXY"] == "http://fedi:***@proxy.example:3128"
    assert config.load(environ).database_url == "postgresql://app:hunter2@db.example/fedi"


def test_a_refused_secret_is_not_repeated_in_the_refusal() -> None:
    with pytest.raises(Invalid) as refusal:
        config.load({"FEDI_DATABASE_URL": "mysql://app:hunter2@db.example/fedi"})
    assert "hunter2" not in str(refusal.value)
