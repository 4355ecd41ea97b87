"""The column that holds how the messages of a thread read together."""

from typing import Any

import msgspec
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from huiying.db.types import JSONColumn
from inbox.domain.reading import Readings


class ReadingsColumn(TypeDecorator[Readings]):
    """Readings as JSON. Of a row that was stored without them nothing has been read."""

    impl = JSONColumn
    cache_ok = True

    def process_bind_param(self, value: Readings | None, dialect: Dialect) -> Any:
        return None if value is None else msgspec.to_builtins(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Readings:
        return Readings() if value is None else msgspec.convert(value, Readings)
