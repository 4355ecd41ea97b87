"""The gateway lets in what there is, asks who calls, and hides the inside."""

import re
import shutil
import subprocess

import pytest

from tests.support.sources import ROOT, SERVICES

CADDYFILE = ROOT / "deploy/Caddyfile"
TEXT = CADDYFILE.read_text(encoding="utf-8")


def block(opening: str) -> str:
    """The text between the braces of the block that opens with this line."""
    start = TEXT.index(opening) + len(opening)
    depth, end = 1, start
    while depth:
        depth += {"{": 1, "}": -1}.get(TEXT[end], 0)
        end += 1
    return TEXT[start:end]


def test_every_service_is_routed_by_its_prefix() -> None:
    named = re.findall(r"path_regexp \w+ \^/api/\(([a-z|]+)\)/v1/", TEXT)

    assert len(named) == 2
    assert all(set(names.split("|")) == set(SERVICES) for names in named)


def test_no_request_reaches_an_api_without_identity_having_been_asked() -> None:
    assert "import signed_in" in block("handle @service {")
    assert "forward_auth identity:8080" in block("(signed_in) {")


def test_hooks_pass_by_signature_and_an_account_meets_one_instance() -> None:
    hooks = block("handle /hooks/* {")

    assert "signed_in" not in hooks
    assert "max_size 6MiB" in hooks
    assert "lb_policy header X-Huiying-Account" in hooks


def test_what_is_for_the_inside_is_not_shown() -> None:
    assert "respond 404" in TEXT.rpartition("handle {")[2]
    assert not re.search(r"handle /(metrics|readyz|internal)", TEXT)
    assert "admin off" in TEXT
    assert block("handle /api/identity/v1/forward-auth {").strip(" \n\t}") == "respond 404"


def test_streams_leave_at_once() -> None:
    assert "flush_interval -1" in block("handle @service {")


@pytest.mark.skipif(shutil.which("caddy") is None, reason="the caddy package is not installed")
def test_caddy_accepts_it() -> None:
    checked = subprocess.run(
        ["caddy", "validate", "--adapter", "caddyfile", "--config", str(CADDYFILE)],
        check=False,
        capture_output=True,
        text=True,
    )

    assert checked.returncode == 0, checked.stderr
