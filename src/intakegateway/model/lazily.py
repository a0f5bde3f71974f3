"""Parts of a definition whose models are made when a value of theirs is first read.

Making the models of an API, or of all rules, takes longer than loading a small file that has neither.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from msgspec import Struct
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


class Lazily(Struct, frozen=True):
    """Stands for the type ``name`` of ``module``: ``Annotated[Any, Lazily("package.module", "Name")]``.

    Validation, errors, dumps and the JSON schema are those of the type itself.
    """

    module: str
    name: str

    def annotation(self) -> Any:
        """The type, imported."""
        return getattr(import_module(self.module), self.name)

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        # As a definition it is referred to, and described once; handed over bare it would be copied in.
        return handler(core_schema.definitions_schema(_adapter(self).core_schema, []))

    def _read(self, value: Any) -> Any:
        return _adapter(self).validate_python(value)


@cache
def _adapter(of: Lazily) -> TypeAdapter[Any]:
    return TypeAdapter(of.annotation())
