"""The key by which the command line on this machine may do everything: a file that only its owner can read."""

import os
from pathlib import Path

import msgspec

from huiying.auth.principals import Principal
from huiying.errors import Unauthenticated
from identity.main import SERVICE as IDENTITY
from identity.usecases.exchange import Exchange
from identity.usecases.issue_api_key import NewKey, issue_api_key
from standalone.house import House

_THE_HOUSE = Principal(subject="house", kind="service", name="This machine", is_administrator=True, brands={})


class Operator(msgspec.Struct, frozen=True):
    """Where the running machine is reached, and with which key."""

    url: str
    key: str


async def leave(data_dir: Path, *, url: str, house: House) -> None:
    """Leave word for the command line: the address, and a key, made if there is none that still opens."""
    found = _read(data_dir)
    key = found.key if found and await _opens(found.key, house) else await _issue(house)
    _write(_path(data_dir), msgspec.json.encode(Operator(url=url, key=key)))
    # So that a request by hand is: curl -H @data/operator.header …
    _write(data_dir / "operator.header", f"Authorization: Bearer {key}\n".encode())


def read(data_dir: Path) -> Operator:
    """What the running machine left.

    Raises Unauthenticated with what to do if there is nothing.
    """
    found = _read(data_dir)
    if found is None:
        raise Unauthenticated(f"no key in {data_dir}: start `huiying run` there, or give --url and --api-key")
    return found


async def _opens(key: str, house: House) -> bool:
    try:
        await Exchange(house.runtimes[IDENTITY.name]).authorization({"authorization": f"Bearer {key}"}, method="GET")
    except Unauthenticated:
        return False
    return True


async def _issue(house: House) -> str:
    async with house.runtimes[IDENTITY.name].open_unit() as unit:
        new = NewKey(name="The command line on this machine", is_administrator=True)
        return (await issue_api_key(unit, new, by=_THE_HOUSE)).whole


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)


def _read(data_dir: Path) -> Operator | None:
    try:
        return msgspec.json.decode(_path(data_dir).read_bytes(), type=Operator)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _path(data_dir: Path) -> Path:
    return data_dir / "operator.json"
