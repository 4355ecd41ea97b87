"""Signing in, staying signed in, and no longer being so."""

from datetime import timedelta

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from huiying.errors import Unavailable
from identity.storage.passwords import Passwords
from tests.support.installation import PASSWORD, Installation, use_passwords

WANG = "wang@example.org"


class CountingHasher(Argon2Hasher):
    """Counts how often a password was really checked."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.check_count = 0

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:  # noqa: A002 - the library's name
        self.check_count += 1
        return super().verify(password, hash)


async def test_the_cookie_is_for_this_site_and_out_of_reach_of_scripts(installation: Installation) -> None:
    await installation.has_member(WANG, is_administrator=True)
    browser = await installation.nobody()

    answer = await browser.post("/sessions", json={"email": WANG, "password": PASSWORD})

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("huiying=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert cookie.split("=")[1].split(";")[0] not in answer.text


async def test_behind_tls_the_cookie_can_be_set_by_nobody_else(installation: Installation) -> None:
    await installation.has_member(WANG, is_administrator=True)
    browser = await installation.nobody(x_forwarded_proto="https")

    answer = await browser.post("/sessions", json={"email": WANG, "password": PASSWORD})

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-huiying=")
    assert "; Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


async def test_every_way_of_being_wrong_gets_the_same_answer(installation: Installation) -> None:
    await installation.has_member(WANG, is_administrator=True)
    disabled = await installation.has_member("gone@example.org", is_administrator=True)
    await (await installation.with_key()).patch(f"/members/{disabled}", json={"is_active": False})
    browser = await installation.nobody()
    tries = [(WANG, "wrong password here"), ("nobody@example.org", PASSWORD), ("gone@example.org", PASSWORD)]

    answers = [await browser.post("/sessions", json={"email": email, "password": word}) for email, word in tries]

    told = [{**answer.json(), "trace_id": ""} for answer in answers]
    assert [answer.status_code for answer in answers] == [401, 401, 401]
    assert told[0] == told[1] == told[2]


async def test_an_unknown_address_costs_as_much_checking_as_a_known_one(installation: Installation) -> None:
    hasher = CountingHasher()
    use_passwords(installation.tools, Passwords(PasswordHash((hasher,))))
    await installation.has_member(WANG, is_administrator=True)
    browser = await installation.nobody()

    await browser.post("/sessions", json={"email": WANG, "password": "wrong password here"})
    await browser.post("/sessions", json={"email": "nobody@example.org", "password": "wrong password here"})

    assert hasher.check_count == 2


async def test_each_sign_in_makes_a_new_token(installation: Installation) -> None:
    await installation.has_member(WANG, is_administrator=True)

    first, second = await installation.signed_in(WANG), await installation.signed_in(WANG)

    assert first.cookies["huiying"] != second.cookies["huiying"]
    assert (await first.get("/me")).status_code == 200


async def test_half_an_hour_without_a_request_ends_a_session(installation: Installation) -> None:
    await installation.has_member(WANG, is_administrator=True)
    browser = await installation.signed_in(WANG)

    installation.clock.advance(timedelta(minutes=29))
    kept = await browser.get("/me")
    installation.clock.advance(timedelta(minutes=29))
    kept_on = await browser.get("/me")
    installation.clock.advance(timedelta(minutes=30))
    over = await browser.get("/me")

    assert [answer.status_code for answer in (kept, kept_on, over)] == [200, 200, 401]


async def test_twelve_hours_end_a_session_that_was_never_idle(installation: Installation) -> None:
    await installation.has_member(WANG, is_administrator=True)
    browser = await installation.signed_in(WANG)

    for _ in range(36):
        assert (await browser.get("/me")).status_code == 200
        installation.clock.advance(timedelta(minutes=20))

    assert (await browser.get("/me")).status_code == 401


async def test_signing_out_ends_this_session_alone(installation: Installation) -> None:
    await installation.has_member(WANG, is_administrator=True)
    here, there = await installation.signed_in(WANG), await installation.signed_in(WANG)
    token = here.cookies["huiying"]

    answer = await here.delete("/sessions/current")

    assert answer.status_code == 204
    assert "huiying" not in here.cookies
    assert (await there.get("/me")).status_code == 200
    assert (await (await installation.nobody(cookie=f"huiying={token}")).get("/me")).status_code == 401


async def test_signing_out_everywhere_ends_them_all(installation: Installation) -> None:
    await installation.has_member(WANG, is_administrator=True)
    here, there = await installation.signed_in(WANG), await installation.signed_in(WANG)

    await here.delete("/sessions")

    assert [(await browser.get("/me")).status_code for browser in (here, there)] == [401, 401]


async def test_whoever_is_not_signed_in_can_sign_out(installation: Installation) -> None:
    assert (await (await installation.nobody()).delete("/sessions/current")).status_code == 204


async def test_a_browser_whose_session_is_over_can_sign_in_again(installation: Installation) -> None:
    await installation.has_member(WANG, is_administrator=True)
    browser = await installation.signed_in(WANG)
    installation.clock.advance(timedelta(hours=13))

    again = await browser.post("/sessions", json={"email": WANG, "password": PASSWORD})

    assert again.status_code == 201
    assert (await browser.get("/me")).status_code == 200


async def test_the_sixth_attempt_for_an_account_within_a_minute_waits(installation: Installation) -> None:
    await installation.has_member(WANG, is_administrator=True)
    browser = await installation.nobody()
    wrong = {"email": WANG, "password": "wrong password here"}
    answers = [await browser.post("/sessions", json=wrong) for _ in range(5)]

    sixth = await browser.post("/sessions", json={"email": WANG.upper(), "password": PASSWORD})
    installation.clock.advance(timedelta(seconds=int(sixth.headers["retry-after"])))
    later = await browser.post("/sessions", json={"email": WANG, "password": PASSWORD})

    assert {answer.status_code for answer in answers} == {401}
    assert (sixth.status_code, sixth.json()["code"]) == (429, "too_many_sign_ins")
    assert later.status_code == 201


async def test_the_twenty_first_attempt_from_an_address_within_a_minute_waits(installation: Installation) -> None:
    browser = await installation.nobody()
    words = [{"email": f"user{number}@example.org", "password": "wrong password here"} for number in range(21)]

    answers = [(await browser.post("/sessions", json=asked)).status_code for asked in words]

    assert answers == [*[401] * 20, 429]


async def test_another_password_ends_all_sessions_and_the_old_password(installation: Installation) -> None:
    await installation.has_member(WANG, is_administrator=True)
    browser = await installation.signed_in(WANG)

    wrong = await browser.put("/me/password", json={"present": "not this one", "password": "seven boats at the pier"})
    answer = await browser.put("/me/password", json={"present": PASSWORD, "password": "seven boats at the pier"})

    assert (wrong.status_code, answer.status_code) == (403, 204)
    assert (await browser.get("/me")).status_code == 401
    old = await browser.post("/sessions", json={"email": WANG, "password": PASSWORD})
    new = await browser.post("/sessions", json={"email": WANG, "password": "seven boats at the pier"})
    assert (old.status_code, new.status_code) == (401, 201)


async def test_a_key_has_no_password_to_change(installation: Installation) -> None:
    administrator = await installation.with_key()

    answer = await administrator.put("/me/password", json={"present": "x", "password": "seven boats at the pier"})

    assert answer.status_code == 404


async def test_more_passwords_than_can_wait_are_refused_at_once() -> None:
    passwords = Passwords(PasswordHash((CountingHasher(),)))
    passwords._present_count = 40

    with pytest.raises(Unavailable):
        await passwords.check("any password at all", stored=None)
