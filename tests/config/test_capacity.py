"""Capacity, limits and spillover: what is refused, and where it stands."""

import pytest

from tests.config.written import Folder

SCRIPT = "connections: {up: {provider: openai}}\n"
OTHER = "}, b: {model: m, connection: up"
RESERVED = "sku: ProvisionedManaged, capacity: 1"


def deployed(fields: str) -> str:
    return f"{SCRIPT}deployments: {{a: {{model: m, connection: up, {fields}}}}}\n"


@pytest.mark.parametrize(
    ("fields", "mistake"),
    [
        ("sku: standard", "a.sku: expected one of Standard, GlobalStandard, DataZoneStandard, ProvisionedManaged, "),
        ("sku: Standard", "deployments.a.capacity: expected a number of units of Standard, found nothing"),
        ("capacity: 1", "deployments.a.capacity: expected a sku beside it, which says what a unit is, found none"),
        ("rpm: 0", "deployments.a.rpm: expected a whole number from 1 up"),
        ("tpm: 1.5", "deployments.a.tpm: expected a whole number from 1 up"),
        ("assumed_tokens: 0", "deployments.a.assumed_tokens: expected a whole number from 1 up"),
        (
            f"{RESERVED}, rpm: 6",
            "a.rpm: expected no rpm with provisioned capacity, found sku: P",
        ),
        (f"spillover: b{OTHER}", "deployments.a.spillover: expected spillover only with a provisioned sku, found none"),
        (f"sku: Standard, capacity: 1, spillover: b{OTHER}", "only with a provisioned sku, found sku: Standard"),
        (f"{RESERVED}, spillover: c{OTHER}", 'deployments.a.spillover: expected "b", found "c"'),
        (f"{RESERVED}, spillover: A", "a.spillover: expected a known other deployment (there is none), found "),
        (
            f"{RESERVED}, spillover: B{OTHER}, {RESERVED}",
            'expected a deployment without a provisioned sku, found "B" (sku: ProvisionedManaged)',
        ),
    ],
)
def test_a_capacity_that_makes_no_sense_is_refused(folder: Folder, fields: str, mistake: str) -> None:
    (line,) = folder.mistakes(deployed(fields))
    assert mistake in line


@pytest.mark.parametrize(
    "fields",
    [
        "rpm: 60",
        "tpm: 1000",
        "sku: GlobalStandard, capacity: 10",
        "sku: GlobalStandard, rpm: 60",
        "sku: ProvisionedManaged, tpm: 1000",
        f"{RESERVED}, tpm: 1000, spillover: B{OTHER}, sku: Standard, capacity: 1",
    ],
)
def test_a_capacity_that_makes_sense_is_taken(folder: Folder, fields: str) -> None:
    assert folder.mistakes(deployed(fields)) == []


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (
            "limits: http://x",
            "zaffre.yaml:1: limits: expected an address that begins with redis://, rediss:// or unix://",
        ),
        ("limits: 'redis://'", "zaffre.yaml:1: limits: expected an address"),
        ("limits: 'redis://h:x'", "zaffre.yaml:1: limits: expected an address"),
        ("limits: {fail: open}", "zaffre.yaml:1: limits.redis: expected an address"),
        ("limits: {redis: 'redis://h', fail: shut}", "limits.fail: expected one of open, closed, local"),
        ("limits: [a]", "zaffre.yaml:1: limits: expected an address that begins with redis://, "),
    ],
)
def test_a_redis_that_cannot_be_meant_is_refused(folder: Folder, text: str, mistake: str) -> None:
    (line,) = folder.mistakes(text)
    assert mistake in line
    assert "http://x" not in line


@pytest.mark.parametrize("address", ["redis://h", "rediss://u:p@h:6380/1", "unix:///run/redis.sock", "valkey://h"])
@pytest.mark.parametrize("written", ["limits: 'env:R'", "limits: {redis: 'env:R', fail: closed}"])
def test_the_address_of_a_redis_is_a_secret(folder: Folder, address: str, written: str) -> None:
    loaded = folder.load(f"{written}\ndeployments: {{}}", {"R": address})
    limits = loaded.config.shared_limits
    assert limits is not None
    assert limits.redis.reveal() == address
    assert limits.fail == ("closed" if "closed" in written else "local")
    assert address not in str(loaded.config)


def test_a_password_in_the_file_is_warned_of(folder: Folder) -> None:
    warnings = folder.load("limits: 'redis://:hush@h'").warnings
    assert "zaffre.yaml:1: limits has a password in plain text; use env: or file:" in warnings[0]
    assert "hush" not in str(warnings)
    assert "limits" not in str(folder.load("limits: 'redis://h'").warnings)
