"""A webhook's body as a tree of fields, each of which can be left out or changed: JSON, XML, or a form.

JSON that stands in a text is opened too; its fields follow after a `#`.
"""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

_BOM = b"\xef\xbb\xbf"
_MARK = "∅"
_MOMENT = re.compile(r"[0-8][0-9]{3}-[0-9]{2}-[0-9]{2}T")

Path = tuple[str | int, ...]


class Document(Protocol):
    """A body whose fields have names."""

    def leaves(self) -> Iterator[tuple[Path, str]]:
        """Every field that says anything, with what it says as text."""

    def variants(self, path: Path) -> Iterator[bytes]:
        """The body without that field, and with something else in its place."""


def open_document(body: bytes) -> Document | None:
    """The body as whatever it is; None if it is none of them."""
    text = body.removeprefix(_BOM).lstrip()
    try:
        if text[:1] == b"<":
            return XMLDocument(fromstring(text, forbid_dtd=True))
        if text[:1] in {b"{", b"["}:
            return JSONDocument(json.loads(text))
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        return None
    pairs = parse_qsl(text.decode("utf-8", "replace"))
    return FormDocument(dict(pairs)) if pairs else None


def pointer(path: Path) -> str:
    """A path as a JSON pointer."""
    return "".join("#" if part == "#" else "/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


class JSONDocument:
    """JSON, or what a form or a text holds of it."""

    def __init__(self, value: Any) -> None:
        self._value = _opened(value)

    def leaves(self) -> Iterator[tuple[Path, str]]:
        yield from _leaves(self._value, ())

    def variants(self, path: Path) -> Iterator[bytes]:
        for value in self.changed(path):
            yield json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")

    def changed(self, path: Path) -> Iterator[Any]:
        """The values without and with another field there."""
        for change in (_left_out, _replaced):
            value = copy.deepcopy(self._value)
            change(_parent(value, path), path[-1])
            yield _closed(value)


class FormDocument(JSONDocument):
    """A form; a field of it may hold JSON."""

    def variants(self, path: Path) -> Iterator[bytes]:
        for value in self.changed(path):
            yield urlencode(value).encode()


class XMLDocument:
    """XML; an attribute is named with an @, and the second element of a name with its number."""

    def __init__(self, root: Element) -> None:
        self._root = root

    def leaves(self) -> Iterator[tuple[Path, str]]:
        yield from _elements(self._root, ())

    def variants(self, path: Path) -> Iterator[bytes]:
        for is_left_out in (True, False):
            root = copy.deepcopy(self._root)
            holder, element = root, root
            for part in path:
                if str(part).startswith("@"):
                    break
                holder, element = element, _child(element, str(part))
            _change_element(holder, element, str(path[-1]), is_left_out=is_left_out)
            yield tostring(root)


class _Embedded:
    """JSON that stood in a text."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _opened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _opened(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_opened(each) for each in value]
    if isinstance(value, str) and value[:1] == "{" and value[-1:] == "}":
        try:
            return _Embedded(json.loads(value))
        except ValueError:
            return value
    return value


def _closed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _closed(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_closed(each) for each in value]
    return json.dumps(_closed(value.value), ensure_ascii=False) if isinstance(value, _Embedded) else value


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, _Embedded):
        yield from _leaves(value.value, (*path, "#"))
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, (*path, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _leaves(each, (*path, number))
    elif path and value not in (None, ""):
        yield path, value if isinstance(value, str) else json.dumps(value)


def _parent(value: Any, path: Path) -> Any:
    for part in path[:-1]:
        value = value.value if part == "#" else value[part]
    return value


def _left_out(holder: Any, name: str | int) -> None:
    del holder[name]


def _replaced(holder: Any, name: str | int) -> None:
    value = holder[name]
    if isinstance(value, bool):
        holder[name] = not value
    else:
        holder[name] = value + 1 if isinstance(value, int | float) else _other(str(value))


def _elements(element: Element, path: Path) -> Iterator[tuple[Path, str]]:
    for name, value in element.attrib.items():
        yield (*path, f"@{_local(name)}"), value
    if path and element.text and element.text.strip() and len(element) == 0:
        yield path, element.text.strip()
    seen: dict[str, int] = {}
    for child in element:
        name = _local(child.tag)
        seen[name] = seen.get(name, 0) + 1
        yield from _elements(child, (*path, name if seen[name] == 1 else f"{name}[{seen[name]}]"))


def _child(element: Element, part: str) -> Element:
    name, _, number = part.rstrip("]").partition("[")
    return [child for child in element if _local(child.tag) == name][int(number or 1) - 1]


def _change_element(holder: Element, element: Element, name: str, *, is_left_out: bool) -> None:
    if name.startswith("@"):
        attribute = next(each for each in element.attrib if _local(each) == name[1:])
        value = element.attrib.pop(attribute)
        if not is_left_out:
            element.set(attribute, _other(value))
    elif is_left_out:
        holder.remove(element)
    else:
        element.text = _other((element.text or "").strip())


def _other(text: str) -> str:
    """Another text of the same sort: a number, a moment, or anything."""
    if text.isascii() and text.isdigit():
        return str(int(text) + 1)
    return f"{int(text[:4]) + 1}{text[4:]}" if _MOMENT.match(text) else f"{_MARK}{text}"


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
