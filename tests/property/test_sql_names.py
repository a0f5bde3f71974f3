from hypothesis import given
from hypothesis import strategies as st

from intakegateway.connectors.sql.dialect import DIALECTS, quote
from intakegateway.connectors.sql.names import fit_names, parse_table_name
from intakegateway.model.schema import TableName

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=90)


@given(st.lists(NAMES, max_size=12), st.integers(min_value=12, max_value=64), st.booleans())
def test_names_fit_are_different_and_always_the_same(names: list[str], most: int, folds: bool) -> None:
    fitted = fit_names(names, most, folds)
    assert fitted == fit_names(names, most, folds)
    assert set(fitted) == set(names)
    shown = [name.casefold() if folds else name for name in fitted.values()]
    assert len(set(shown)) == len(shown)
    assert all(0 < len(name.encode()) <= most and "\0" not in name for name in fitted.values())


@given(NAMES.filter(bool), NAMES.filter(bool))
def test_a_quoted_name_is_read_as_it_was(schema: str, name: str) -> None:
    dialect = DIALECTS["postgresql"]
    assert parse_table_name(f"{quote(dialect, schema)}.{quote(dialect, name)}") == TableName(name, schema)
