"""The fields of a push of the WeChat family by name, from XML or, where the account chose it, JSON."""

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ingest.clients.connectors.connector import Unreadable
from ingest.clients.connectors.foreign import BOM, mapping_of, parse_json, text_of

Fields = Mapping[str, str]


def read_fields(body: bytes) -> Fields:
    """The fields of a body. What is nested has dots in its name.

    Raises Unreadable, also for XML that defines or asks for anything of its own.
    """
    body = body.removeprefix(BOM)
    if body.lstrip()[:1] == b"{":
        return dict(_fields_of_json(mapping_of(parse_json(body))))
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable(f"not the XML of a push: {error!r}") from error
    return dict(_fields_of_xml(root))


def sealed_part(fields: Fields) -> str:
    """What is encrypted of a body; nothing if it is not. In JSON, WeCom writes the name in lower case."""
    return fields.get("Encrypt") or fields.get("encrypt", "")


def _fields_of_xml(root: Element) -> Sequence[tuple[str, str]]:
    leaves = [(child.tag, child.text) for child in root if len(child) == 0]
    nested = [(f"{child.tag}.{leaf.tag}", leaf.text) for child in root for leaf in child if len(leaf) == 0]
    return [(name, text) for name, raw in leaves + nested if raw and (text := raw.strip())]


def _fields_of_json(body: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    leaves = list(body.items())
    nested = [(f"{name}.{leaf}", value) for name, part in leaves for leaf, value in mapping_of(part).items()]
    named = ((name, text_of(value)) for name, value in leaves + nested)
    return [(name, text.strip()) for name, text in named if text and text.strip()]
