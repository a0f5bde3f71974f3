from typing import Any

import pytest

from intakegateway.connectors.base import Capabilities
from intakegateway.engine.layout import Layout
from intakegateway.engine.resolve import needs_survey, resolve
from intakegateway.model.errors import DefinitionError, DestinationError
from intakegateway.model.load import Mode
from intakegateway.model.schema import Column, Field, TableName, TableSchema
from intakegateway.model.task import TaskSpec
from intakegateway.model.types import BOOLEAN, DATE, INTEGER, JSON, TEXT, DataType, Kind, parse_type

CAPABILITIES = Capabilities(modes=frozenset(Mode), max_identifier_bytes=20)
ORDERS = TableSchema(
    TableName("orders"),
    (
        Column("customer_id", INTEGER, nullable=False),
        Column("total", parse_type("decimal(10,2)")),
        Column("note", parse_type("varchar(10)")),
        Column("id", INTEGER, nullable=False, has_default=True),
        Column("tax", INTEGER, generated=True),
    ),
)


def fit(names: Any, max_bytes: int, folds_case: bool) -> dict[str, str]:
    return {name: name[:max_bytes] for name in names}


def task(mapping: tuple[Any, ...] = (), decimal_comma: bool | None = None, **load: Any) -> TaskSpec:
    source = {"kind": "file", "path": "x.csv", "decimal_comma": decimal_comma}
    spec = {"name": "t", "source": source, "mapping": mapping, "load": {"table": "orders", **load}}
    return TaskSpec.model_validate(spec)


def fields(**types: DataType) -> list[Field]:
    return [Field(name, type=of, values=1, whole=True) for name, of in types.items()]


def decide(spec: TaskSpec, given: list[Field], table: TableSchema | None = None, **more: Any) -> Layout:
    return resolve(spec, given, table, CAPABILITIES, fit, **more)


def pairs(layout: Layout) -> list[tuple[str | None, str]]:
    return [(each.source, each.targets[0]) for each in layout.mapping]


def test_fields_go_to_columns_of_the_same_name_letter_case_and_separators_aside() -> None:
    layout = decide(task(), [Field("Customer ID"), Field("TOTAL"), Field("note")], ORDERS)
    assert pairs(layout) == [("note", "note"), ("Customer ID", "customer_id"), ("TOTAL", "total")]
    assert [column.name for column in layout.columns] == ["customer_id", "total", "note"]
    assert layout.exists


def test_the_very_name_wins_over_a_similar_one_which_is_reported() -> None:
    layout = decide(task(), fields(customer_id=INTEGER, customerId=INTEGER), ORDERS)
    assert pairs(layout) == [("customer_id", "customer_id")]
    assert layout.aside == ("customerId",)
    assert "customerId" in layout.warnings[0]


def test_two_fields_for_one_column_are_refused() -> None:
    with pytest.raises(
        DefinitionError, match=r"'Customer-Id' and 'customerId' could both go to .* 'customer_id'"
    ):
        decide(task(), [Field("Customer-Id"), Field("customerId")], ORDERS)


def test_a_required_column_without_a_field_is_named() -> None:
    with pytest.raises(DefinitionError, match=r"requires 'customer_id'"):
        decide(task(), fields(total=INTEGER), ORDERS)


def test_a_column_that_fills_itself_is_not_written() -> None:
    layout = decide(task(), fields(customer_id=INTEGER, tax=INTEGER), ORDERS)
    assert "tax" not in [column.name for column in layout.columns]
    assert any("fills itself" in warning for warning in layout.warnings)
    with pytest.raises(DefinitionError, match=r"fills itself"):
        decide(task(({"from": "tax", "to": "tax"},)), fields(tax=INTEGER), ORDERS)


def test_no_common_name_at_all_is_an_error_that_shows_both_sides() -> None:
    with pytest.raises(DefinitionError, match=r"Fields: a, b. Columns: customer_id"):
        decide(task(), fields(a=TEXT, b=TEXT), ORDERS)


def test_a_new_table_gets_the_surveyed_types_with_room_for_longer_decimals() -> None:
    price = Field("price", type=parse_type("decimal(5,2)"), values=3, max_length=6, whole=True)
    layout = decide(task(), [*fields(id=INTEGER, day=DATE), price, Field("doc", type=JSON)])
    assert [str(column.type) for column in layout.table.columns] == [
        "integer",
        "date",
        "decimal(18,2)",
        "json",
    ]
    assert not layout.exists


def test_declared_decimals_keep_their_size() -> None:
    assert str(decide(task(), fields(price=parse_type("decimal(5,2)"))).columns[0].type) == "decimal(5,2)"


def test_a_new_table_of_texts_is_all_text() -> None:
    layout = decide(task(create="text"), fields(id=INTEGER, ok=BOOLEAN))
    assert {column.type for column in layout.columns} == {TEXT}


def test_names_of_a_new_table_are_trimmed_never_empty_fitted_and_different() -> None:
    names = [" id ", "id", "", "a\0b", "x" * 30]
    layout = decide(task(), [Field(name) for name in names])
    assert [column.name for column in layout.columns] == ["id", "id_2", "column", "ab", "x" * 20]
    assert len(layout.warnings) == 4


def test_keys_become_the_primary_key_of_a_new_table() -> None:
    layout = decide(task(mode="upsert", keys=["id"]), fields(id=INTEGER, name=TEXT))
    assert layout.table.primary_key == ("id",)
    assert [column.nullable for column in layout.columns] == [False, True]


@pytest.mark.parametrize(
    ("load", "said"),
    [
        ({"mode": "upsert", "keys": ["ident"]}, "'ident' is not a column.*id"),
        ({"primary_key": ["Id"]}, "no column 'Id'.*'id'"),
        ({"indexes": ["nam"]}, "no column 'nam'.*'name'"),
        ({"mode": "upsert", "keys": ["id"], "skip_when": {"column": "x", "equals": 1}}, "no column 'x'"),
    ],
)
def test_names_in_the_load_have_to_be_columns(load: dict[str, Any], said: str) -> None:
    with pytest.raises(DefinitionError, match=said):
        decide(task(**load), fields(id=INTEGER, name=TEXT))


def test_a_key_that_no_field_fills_is_refused() -> None:
    with pytest.raises(DefinitionError, match=r"key 'id' is not filled"):
        decide(task(mode="upsert", keys=["id"]), fields(customer_id=INTEGER), ORDERS)


def test_a_missing_table_that_may_not_be_made_fails_with_the_nearest_name() -> None:
    with pytest.raises(DestinationError, match=r"no table 'orders'.*Did you mean 'order'"):
        decide(task(create="never"), fields(id=INTEGER), near_tables=["order", "people"])


def test_a_mapping_names_fields_that_exist_or_is_told_the_nearest() -> None:
    spec = task(({"from": "nmae", "to": "note"},))
    with pytest.raises(DefinitionError, match=r"no field 'nmae'. Did you mean 'name'") as caught:
        decide(spec, fields(name=TEXT))
    assert caught.value.path == ("mapping", 0, "from")
    layout = decide(spec, fields(name=TEXT), fixed_fields=False)
    assert "No record so far has the field 'nmae'" in layout.warnings[0]


def test_a_dotted_path_may_reach_into_a_field_of_json() -> None:
    layout = decide(task(({"from": "user.city", "to": "city"},)), fields(user=JSON))
    assert pairs(layout) == [("user.city", "city")]


def test_a_mapping_names_columns_that_exist_or_is_told_the_nearest() -> None:
    spec = task(({"from": "n", "to": "notes"}, {"from": "n", "to": "customer_id"}))
    with pytest.raises(DefinitionError, match=r"no column 'notes'. Did you mean 'note'"):
        decide(spec, fields(n=TEXT), ORDERS)


def test_a_column_filled_twice_is_refused() -> None:
    with pytest.raises(DefinitionError, match=r"'x' is filled twice"):
        decide(task(({"from": "a", "to": "x"}, {"from": "b", "to": "x"})), fields(a=TEXT, b=TEXT))


def test_a_mapping_decides_the_types_of_new_columns() -> None:
    spec = task(
        (
            {"from": "a", "to": "declared", "type": "int32"},
            {"from": "a", "to": "made", "transforms": ["to_date"]},
            {"to": ["x", "y"], "split": {"from": "b", "by": " "}},
            {"to": "joined", "join": {"from": ["a", "b"]}},
            {"to": "one", "constant": 1},
            {"from": "a", "to": "filled", "default": "unknown"},
            {"from": "a", "to": "zero", "default": 0},
        )
    )
    layout = decide(spec, fields(a=INTEGER, b=TEXT))
    types = {column.name: str(column.type) for column in layout.columns}
    assert types == {
        "declared": "int32", "made": "date", "x": "text", "y": "text", "joined": "text", "one": "integer",
        "filled": "text", "zero": "integer",
    }  # fmt: skip


def test_drift_evolve_adds_columns_and_widens_within_a_kind_and_says_so() -> None:
    given = [
        *fields(customer_id=INTEGER, born=DATE),
        Field("note", values=1, max_length=30),
        Field("total", type=parse_type("decimal(14,3)"), values=1, max_length=15),
    ]
    layout = decide(task(drift="evolve"), given, ORDERS)
    types = {column.name: str(column.type) for column in layout.table.columns}
    assert (types["born"], types["note"], types["total"]) == ("date", "text(255)", "decimal(18,3)")
    assert sum("widened" in warning for warning in layout.warnings) == 2
    assert any("'born' (date) is added" in warning for warning in layout.warnings)


def test_drift_never_changes_a_kind() -> None:
    layout = decide(task(drift="evolve"), [Field("customer_id", values=1, max_length=5)], ORDERS)
    assert layout.table.column("customer_id").type == INTEGER
    assert any("is text, the column 'customer_id' is integer" in warning for warning in layout.warnings)


def test_integers_grow_only_when_the_numbers_need_it() -> None:
    table = TableSchema(TableName("t"), (Column("n", DataType(Kind.INTEGER, bits=32)),))
    small, large = (Field("n", type=INTEGER, values=1, max_length=length) for length in (6, 11))
    assert decide(task(drift="evolve"), [small], table).table == table
    assert decide(task(drift="evolve"), [large], table).columns[0].type == INTEGER


def test_drift_reject_names_the_unknown_fields() -> None:
    with pytest.raises(
        DefinitionError, match=r"fields 'a', 'b', which 'orders' has no column for. Nothing was written"
    ):
        decide(task(drift="reject"), fields(customer_id=INTEGER, a=TEXT, b=TEXT), ORDERS)


@pytest.mark.parametrize("table", [ORDERS, None])
def test_drift_reject_holds_a_mapping_to_every_field(table: TableSchema | None) -> None:
    columns = ({"from": "a.x", "to": "customer_id"}, {"to": "note", "expression": "B || 'x'"})
    known = fields(a=JSON, b=TEXT)
    assert not decide(task(columns, drift="reject"), known, table).warnings
    with pytest.raises(
        DefinitionError, match=r"the field 'c', which the mapping does not use.*'drift: freeze'"
    ):
        decide(task(columns, drift="reject"), [*known, *fields(c=TEXT)], table)
    for drift in ("freeze", "evolve"):
        layout = decide(task(columns, drift=drift), [*known, *fields(c=TEXT)], table)
        assert layout.aside == ("c",)
        assert "Fields that the mapping does not use: c." in layout.warnings
        assert "c" not in layout.table.column_names


def test_a_source_that_has_nothing_new_is_no_error() -> None:
    layout = decide(task(), [], ORDERS, fixed_fields=False, empty=True)
    assert [column.name for column in layout.columns] == [c.name for c in ORDERS.columns if not c.generated]
    assert layout.warnings == ()
    for more in ({"fixed_fields": True, "empty": True}, {"fixed_fields": False}):
        with pytest.raises(DefinitionError, match="No field of the source"):
            decide(task(), [], ORDERS, **more)


def test_drift_freeze_keeps_unknown_fields_aside() -> None:
    layout = decide(task(), fields(customer_id=INTEGER, a=TEXT), ORDERS)
    assert layout.aside == ("a",)
    assert "a" in layout.warnings[0]


def test_formats_of_dates_and_types_of_fields_go_with_the_layout() -> None:
    layout = decide(task(), [Field("d", type=DATE, date_format="%d.%m.%Y"), Field("e", type=INTEGER)])
    assert layout.date_formats == {"d": "%d.%m.%Y"}
    assert layout.field_types == {"d": DATE, "e": INTEGER}


def test_expressions_see_columns_of_other_mappings_in_any_order_and_fields() -> None:
    spec = task(
        (
            {"to": "gross", "expression": "net * 1.5"},
            {"to": "net", "expression": "qty * cost"},
            {"from": "q", "to": "qty", "transforms": ["to_int"]},
            {"to": "late", "expression": "day > CURRENT_DATE"},
            {"to": "day", "expression": "day"},
        )
    )
    layout = decide(spec, fields(q=TEXT, cost=INTEGER, day=DATE))
    kinds = {column.name: column.type.kind for column in layout.columns}
    assert (kinds["net"], kinds["gross"]) == (Kind.INTEGER, Kind.DECIMAL)
    assert (kinds["late"], kinds["day"]) == (Kind.BOOLEAN, Kind.DATE)
    assert layout.warnings == ()


def test_a_wrong_expression_says_where_it_stands() -> None:
    spec = task(({"from": "q", "to": "q"}, {"to": "x", "expression": "q + nothing"}))
    with pytest.raises(DefinitionError) as caught:
        decide(spec, fields(q=INTEGER))
    assert caught.value.path == ("mapping", 1, "expression")


def test_an_expression_over_fields_needs_their_types_but_not_one_over_columns() -> None:
    columns = (
        {"from": "a", "to": "note"},
        {"to": "total", "expression": "customer_id * 2"},
        {"from": "b", "to": "customer_id"},
    )
    assert not needs_survey(task(columns), ORDERS, fixed_fields=True)
    assert needs_survey(task((*columns[:2],)), ORDERS, fixed_fields=True)


def test_fields_that_no_mapping_uses_are_told() -> None:
    spec = task(({"from": "a.x", "to": "x"}, {"to": "y", "expression": "B + 1"}))
    layout = decide(spec, fields(a=JSON, b=INTEGER, c=TEXT))
    assert layout.warnings == ("Fields that the mapping does not use: c.",)


def test_a_decimal_comma_that_was_found_is_read_unless_the_task_says_so_itself() -> None:
    given = [Field("p", type=parse_type("decimal(5,2)"), decimal_comma=True, values=1)]
    assert decide(task(), given).mapping[0].transforms
    assert str(decide(task(), given).columns[0].type) == "decimal(5,2)"
    assert not decide(task(decimal_comma=True), given).mapping[0].transforms
    assert decide(task(decimal_comma=True), given).decimal_comma


def test_a_text_column_keeps_a_decimal_comma_that_was_found_as_it_is_written() -> None:
    comma = parse_type("decimal(5,2)")
    given = [Field(name, type=comma, decimal_comma=True, values=1) for name in ("note", "total")]
    made = decide(task(), [*given, *fields(customer_id=INTEGER)], ORDERS).mapping
    assert [bool(each.transforms) for each in made if each.source in ("note", "total")] == [False, True]


def test_audit_columns_are_made_but_not_brought_by_rows() -> None:
    layout = decide(
        task(audit={"created_at": "made", "updated_at": "changed"}), fields(id=INTEGER, made=DATE)
    )
    assert layout.table.column_names == ("id", "made", "changed")
    assert [column.name for column in layout.columns] == ["id"]


def test_what_the_survey_noted_is_told_for_new_text_columns() -> None:
    zip_code = Field("zip", notes=("Numbers with leading zeros (such as '007'): kept as text.",), values=1)
    assert decide(task(), [zip_code]).warnings == (
        "Field 'zip': Numbers with leading zeros (such as '007'): kept as text.",
    )


@pytest.mark.parametrize(
    ("spec", "table", "fixed", "needed"),
    [
        (task(), None, True, True),
        (task(create="text"), None, True, False),
        (task(create="text"), None, False, True),
        (task(({"from": "a", "to": "a", "type": "integer"},)), None, False, False),
        (task(({"from": "a", "to": "a"},)), None, True, True),
        (task(), ORDERS, True, False),
        (task(), ORDERS, False, True),
        (task(drift="evolve"), ORDERS, True, True),
        (task(({"from": "a", "to": "note"},)), ORDERS, False, False),
        (task(({"from": "a", "to": "note"},), drift="reject"), ORDERS, False, True),
        (task(({"from": "a", "to": "note"},), drift="reject"), ORDERS, True, False),
    ],
)
def test_all_values_are_only_looked_at_when_something_depends_on_them(
    spec: TaskSpec, table: TableSchema | None, fixed: bool, needed: bool
) -> None:
    assert needs_survey(spec, table, fixed) is needed
