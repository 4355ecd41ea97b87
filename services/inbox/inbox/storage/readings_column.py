"""The column that holds how the messages of a thread read together."""

import msgspec
from sqlalchemy import Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from inbox.domain.reading import Readings

_decoder = msgspec.json.Decoder(Readings)


class ReadingsColumn(TypeDecorator[Readings]):
    """Readings as JSON. Of a row that was stored without them nothing has been read.

    It is kept as text: nothing looks into it, and every batch of assessments reads and writes hundreds.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Readings | None, dialect: Dialect) -> str | None:
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Readings:
        return Readings() if value is None else _decoder.decode(value)
