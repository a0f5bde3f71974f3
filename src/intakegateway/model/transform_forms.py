"""How transforms are read from a definition, written back, and described to people and editors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

from msgspec import Struct
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from intakegateway.model.errors import nearest
from intakegateway.model.transform_step import Step

if TYPE_CHECKING:
    from intakegateway.model.transforms import Transform

_REQUIRED = "required"


class Argument(Struct, frozen=True):
    """One argument of a transform: how it is called, what it may be, its default, what it is for."""

    name: str
    type: str
    required: bool
    default: Any
    description: str


class TransformInfo(Struct, frozen=True):
    """What a person has to know about one transform.

    ``takes`` and ``gives`` are kinds of value (``model.types.Kind``) or ``any``. ``main`` is the
    argument that may be written alone, empty if there is none.
    """

    name: str
    description: str
    takes: str
    gives: str
    main: str
    arguments: tuple[Argument, ...]


def describe_transforms() -> tuple[TransformInfo, ...]:
    """All transforms, for suggestions, the command line and the page."""
    described = []
    for name, step in known_transforms().items():
        arguments = tuple(
            Argument(
                name=field,
                type=_type_words(schema),
                required=step.model_fields[field].is_required(),
                default=None if step.model_fields[field].is_required() else step.model_fields[field].default,
                description=step.model_fields[field].description or "",
            )
            for field, schema in _arguments_schema(step).get("properties", {}).items()
        )
        words = " ".join((step.__doc__ or "").split())
        described.append(TransformInfo(name, words, step.takes, step.gives, step.main, arguments))
    return tuple(described)


def read_transform(value: object) -> Transform:
    """One transform in any of its three forms. Raises ``ValueError`` with what is allowed."""
    if isinstance(value, Step):
        return cast("Transform", value)
    if isinstance(value, str):
        return _build(_known(value), {})
    if isinstance(value, dict) and len(value) == 1:
        name, given = next(iter(value.items()))
        step = _known(str(name))
        if isinstance(given, dict):
            return _build(step, given)
        if given is None:
            return _build(step, {})
        if not step.main:
            raise ValueError(f"'{step.name}' takes {_arguments_words(step)}, not a value alone.")
        return _build(step, {step.main: given})
    raise ValueError(
        "a transform is a name (trim), a name with a value (to_date: '%d.%m.%Y') "
        f"or a name with arguments (replace: {{old: a, new: b}}); given: {value!r}."
    )


def write_transform(step: Transform) -> str | dict[str, Any]:
    """The shortest form that reads back as the same transform."""
    given = step.model_dump(exclude_defaults=True)
    if not given:
        return step.name
    if list(given) == [step.main] and not isinstance(given[step.main], dict):
        return {step.name: given[step.main]}
    return {step.name: given}


_PLAIN = ("str", "int", "float", "bool")


def _build(step: type[Step], given: dict[Any, Any]) -> Transform:
    if step.name == "lookup" and given and not isinstance(given.get("values"), dict):
        given = {"values": given}
    unknown = next((str(key) for key in given if key not in step.model_fields), None)
    if unknown is not None:
        hint = nearest(unknown, step.model_fields)
        raise ValueError(
            f"'{step.name}' has no argument '{unknown}'; it takes {_arguments_words(step)}. {hint}"
        )
    try:
        return cast("Transform", step.model_validate(given))
    except ValidationError as wrong:
        said = []
        for error in wrong.errors(include_url=False):
            loc, message = error["loc"], error["msg"].removeprefix("Value error, ")
            if loc and loc[-1] in _PLAIN:
                # One value that is none of several types complains once for each.
                loc, message = loc[:-1], "must be a text, a number, true or false"
            place = ".".join(map(str, loc))
            said.append(f"{place}: {message}" if place else message)
        raise ValueError(f"'{step.name}': {'; '.join(dict.fromkeys(said))}") from None


def known_transforms() -> dict[str, type[Step]]:
    """Every transform by its name."""
    from intakegateway.model.transforms import TRANSFORMS

    return TRANSFORMS


def _known(name: str) -> type[Step]:
    step = known_transforms().get(name)
    if step is None:
        raise ValueError(f"'{name}' is not a transform. {nearest(name, known_transforms())}")
    return step


def _arguments_words(step: type[Step]) -> str:
    return ", ".join(step.model_fields) or "no arguments"


def _arguments_schema(step: type[Step]) -> dict[str, Any]:
    schema = step.model_json_schema()
    schema.pop("title", None)
    for argument in schema.get("properties", {}).values():
        argument.pop("title", None)
    return schema


def _type_words(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(repr(item) for item in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_type_words(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type_words(schema.get('items', {}))}"
    return str(schema.get("type", "any"))


class _Form:
    """The three forms, for pydantic."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            read_transform,
            serialization=core_schema.plain_serializer_function_ser_schema(write_transform),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        bare, named = [], []
        for name, step in known_transforms().items():
            arguments = _arguments_schema(step)
            words = " ".join((step.__doc__ or "").split())
            if not arguments.get(_REQUIRED):
                bare.append(name)
            forms: list[dict[str, Any]] = [arguments]
            if step.main:
                forms.append(arguments["properties"][step.main])
            if name == "lookup":
                forms.append({"type": "object"})
            named.append(
                {
                    "type": "object",
                    "description": words,
                    "properties": {name: {"anyOf": forms} if len(forms) > 1 else arguments},
                    "required": [name],
                    "additionalProperties": False,
                }
            )
        return {"anyOf": [{"enum": bare}, *named]}


if TYPE_CHECKING:
    AnyTransform = Transform
else:
    AnyTransform = Annotated[Any, _Form]
    """A transform in a definition. The models are imported when the first one is read."""
