import pytest

from intakegateway.connectors.sql import judgements, statements
from intakegateway.connectors.sql.ddl import alter_table, create_table
from intakegateway.connectors.sql.dialect import (
    DIALECTS,
    DUCKDB,
    MYSQL,
    POSTGRESQL,
    SQLITE,
    Dialect,
    literal,
    quote,
)
from intakegateway.connectors.sql.facts import (
    Check,
    FactColumn,
    Facts,
    ForeignKey,
    expected_facts,
    plain_unique,
)
from intakegateway.connectors.sql.ledger import create_ledger
from intakegateway.connectors.sql.statements import MergePlan
from intakegateway.model.schema import Column, TableName, TableSchema
from intakegateway.model.types import DATE, INTEGER, TEXT, DataType, Kind

EACH = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=list(DIALECTS))
ID = FactColumn(Column("id", INTEGER, nullable=False), "bigint")
NAME = FactColumn(Column("na me", DataType(Kind.TEXT, length=5)), "varchar(5)")
IP = FactColumn(Column("ip", DataType(Kind.OTHER, native="inet")), "inet", probed=True)


def plan(**more: object) -> MergePlan:
    values = {"target": "T", "source": "S", "columns": (ID, NAME), "keys": ("id",), **more}
    return MergePlan(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        (POSTGRESQL, 'UPDATE T AS t SET "na me" = s."na me" FROM S AS s WHERE t."id" = s."id"'
         ' AND (t."na me" IS DISTINCT FROM s."na me")'),
        (MYSQL, "UPDATE T AS t JOIN S AS s ON t.`id` = s.`id`"
         " AND (NOT (BINARY CONVERT(t.`na me` USING utf8mb4) <=> BINARY CONVERT(s.`na me` USING utf8mb4))) SET t.`na me` = s.`na me`"),
        (SQLITE, 'UPDATE OR ABORT T AS t SET "na me" = s."na me" FROM S AS s WHERE t."id" = s."id"'
         ' AND (t."na me" COLLATE BINARY IS NOT s."na me" COLLATE BINARY)'),
        (DUCKDB, 'UPDATE T AS t SET "na me" = s."na me" FROM S AS s WHERE t."id" = s."id"'
         ' AND (t."na me" IS DISTINCT FROM s."na me")'),
    ],
)  # fmt: skip
def test_an_update_touches_changed_rows_alone(dialect: Dialect, text: str) -> None:
    assert statements.update_changed(dialect, plan()) == text


def test_an_update_keeps_values_skips_rows_and_stamps_the_time() -> None:
    text = statements.update_changed(
        POSTGRESQL,
        plan(keep_nulls=True, skip="t.done", constants={"at": "now()"}, birth={"born": "now()"}),
        (3, 9),
    )
    assert text == (
        'UPDATE T AS t SET "na me" = COALESCE(s."na me", t."na me"), "at" = now() FROM S AS s'
        ' WHERE t."id" = s."id" AND ((s."na me" IS NOT NULL AND t."na me" IS DISTINCT FROM s."na me"))'
        ' AND NOT (t.done) AND s."_ig_row" BETWEEN 3 AND 9'
    )


def test_keys_alone_leave_nothing_to_update() -> None:
    assert statements.update_changed(POSTGRESQL, plan(columns=(ID,))) == ""
    assert statements.changed(POSTGRESQL, plan(columns=(ID,))) == "1 = 0"


@EACH
def test_an_insert_brings_what_is_missing(dialect: Dialect) -> None:
    q = dialect.quote
    text = statements.insert_missing(dialect, plan(birth={"born": "B"}, constants={"at": "A"}, indexed=True))
    assert text == (
        f"{dialect.insert} T ({q}id{q}, {q}na me{q}, {q}born{q}, {q}at{q}) SELECT s.{q}id{q}, s.{q}na me{q}, B, A"
        f" FROM S AS s WHERE NOT EXISTS (SELECT 1 FROM T AS t WHERE t.{q}id{q} = s.{q}id{q})"
    )


@pytest.mark.parametrize(
    ("dialect", "whole", "partly"),
    [
        (POSTGRESQL,
         'DELETE FROM T AS t WHERE EXISTS (SELECT 1 FROM S AS s WHERE t."a" = s."a" AND t."b" = s."b")',
         'DELETE FROM T AS t WHERE t."a" IS NULL AND EXISTS'
         ' (SELECT 1 FROM S AS s WHERE s."a" IS NULL AND t."b" = s."b")'),
        (MYSQL,
         "DELETE t FROM T AS t JOIN S AS s ON t.`a` = s.`a` AND t.`b` = s.`b`",
         "DELETE t FROM T AS t JOIN S AS s ON t.`a` IS NULL AND s.`a` IS NULL AND t.`b` = s.`b`"),
        (SQLITE,
         'DELETE FROM T AS t WHERE (t."a", t."b") IN (SELECT s."a", s."b" FROM S AS s)',
         'DELETE FROM T AS t WHERE t."a" IS NULL AND t."b" IN'
         ' (SELECT s."b" FROM S AS s WHERE s."a" IS NULL)'),
    ],
)  # fmt: skip
def test_rows_are_deleted_by_key_and_null_is_null(dialect: Dialect, whole: str, partly: str) -> None:
    assert statements.delete_matching(dialect, "T", "S", ("a", "b"), (0, 0)) == whole
    assert statements.delete_matching(dialect, "T", "S", ("a", "b"), (1, 0)) == partly


@pytest.mark.parametrize("dialect", [MYSQL, SQLITE], ids=["mysql", "sqlite"])
def test_a_table_without_an_index_is_asked_once_and_not_for_each_row(dialect: Dialect) -> None:
    q = dialect.quote
    row, key = f"s.{q}_ig_row{q}", f"t.{q}id{q} = s.{q}id{q}"
    assert statements.insert_missing(dialect, plan(indexed=False)).endswith(
        f" WHERE NOT {row} IN (SELECT {row} FROM S AS s JOIN T AS t ON {key})"
    )
    assert statements.insert_missing(dialect, plan(indexed=True)).endswith(
        f" WHERE NOT EXISTS (SELECT 1 FROM T AS t WHERE {key})"
    )


def test_staged_rows_are_taken_away_by_their_numbers_or_by_the_ends_of_a_run() -> None:
    assert statements.delete_rows(SQLITE, "S", [3, 5]) == 'DELETE FROM S WHERE "_ig_row" IN (3, 5)'
    assert statements.delete_rows(SQLITE, "S", [3, 4, 5]) == 'DELETE FROM S WHERE "_ig_row" BETWEEN 3 AND 5'


def test_the_last_of_equal_keys_stays() -> None:
    assert statements.drop_duplicates(POSTGRESQL, "S", ("a",)) == (
        'DELETE FROM S WHERE "_ig_row" IN (SELECT "_ig_row" FROM (SELECT s."_ig_row" FROM S AS s'
        ' JOIN (SELECT "a", MAX("_ig_row") AS kept FROM S GROUP BY "a" HAVING COUNT(*) > 1) AS t'
        ' ON t."a" = s."a" WHERE s."_ig_row" < t.kept) AS d)'
    )


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        (POSTGRESQL, 'CREATE TEMPORARY TABLE x ("_ig_row" bigint, "id" bigint, "na me" text, "ip" text)'),
        (MYSQL, "CREATE TABLE x (`_ig_row` bigint PRIMARY KEY, `id` bigint, `na me` longtext, `ip` longtext)"
         " ENGINE=InnoDB"),
        (SQLITE, 'CREATE TEMPORARY TABLE x ("_ig_row" INTEGER PRIMARY KEY, "id" INTEGER, "na me" TEXT, "ip" TEXT)'),
        (DUCKDB, 'CREATE TEMPORARY TABLE x ("_ig_row" BIGINT, "id" BIGINT, "na me" VARCHAR, "ip" VARCHAR)'),
    ],
)  # fmt: skip
def test_staged_texts_have_no_limit(dialect: Dialect, text: str) -> None:
    assert statements.create_stage(dialect, "x", (ID, NAME, IP)) == text


def test_what_was_staged_as_text_is_cast_on_the_way_on() -> None:
    assert statements.stage_source(POSTGRESQL, "x", (ID, NAME)) == "x"
    assert statements.stage_source(POSTGRESQL, "x", (ID, IP)) == (
        '(SELECT "_ig_row", "id", CAST("ip" AS inet) AS "ip" FROM x)'
    )
    assert statements.stage_source(SQLITE, "x", (ID, IP)) == "x"


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        (POSTGRESQL, 'CREATE TABLE IF NOT EXISTS "s"."t" ("id" bigint NOT NULL, "d" date, PRIMARY KEY ("id"),'
         ' UNIQUE ("d"))'),
        (MYSQL, "CREATE TABLE IF NOT EXISTS `s`.`t` (`id` bigint NOT NULL, `d` date, PRIMARY KEY (`id`),"
         " UNIQUE (`d`))"),
        (SQLITE, 'CREATE TABLE IF NOT EXISTS "s"."t" ("id" INTEGER PRIMARY KEY, "d" DATE, UNIQUE ("d"))'),
        (DUCKDB, 'CREATE TABLE IF NOT EXISTS "s"."t" ("id" BIGINT NOT NULL, "d" DATE, PRIMARY KEY ("id"),'
         ' UNIQUE ("d"))'),
    ],
)  # fmt: skip
def test_a_table_is_made_with_its_keys(dialect: Dialect, text: str) -> None:
    table = TableSchema(TableName("t", "s"), (Column("id", INTEGER), Column("d", DATE)), ("id",), (("d",),))
    assert create_table(dialect, table) == [text]


EXACT = " CHARACTER SET utf8mb4 /*M!100202 COLLATE utf8mb4_nopad_bin *//*!80017 COLLATE utf8mb4_0900_bin */"


def test_indexes_are_made_and_a_key_of_text_has_a_length_where_it_must() -> None:
    table = TableSchema(TableName("t"), (Column("a", TEXT), Column("b", TEXT)), ("a",))
    assert create_table(MYSQL, table, (("a",), ("b", "a"))) == [
        f"CREATE TABLE IF NOT EXISTS `t` (`a` varchar(255){EXACT} NOT NULL, `b` varchar(255){EXACT},"
        " PRIMARY KEY (`a`))",
        "CREATE INDEX `ix_t_b_a` ON `t` (`b`, `a`)",
    ]


def test_columns_are_added_and_widened() -> None:
    facts = Facts(TableName("t"), (FactColumn(Column("a", DataType(Kind.INTEGER, bits=32)), "integer"), NAME))
    wanted = TableSchema(
        TableName("t"), (Column("a", INTEGER), Column("na me", TEXT), Column("new", DATE, nullable=False))
    )
    assert alter_table(POSTGRESQL, wanted, facts) == [
        'ALTER TABLE "t" ALTER COLUMN "a" TYPE bigint',
        'ALTER TABLE "t" ALTER COLUMN "na me" TYPE text',
        'ALTER TABLE "t" ADD COLUMN IF NOT EXISTS "new" date',
    ]
    assert alter_table(SQLITE, wanted, facts) == ['ALTER TABLE "main"."t" ADD COLUMN "new" DATE']


@EACH
def test_the_ledger_has_one_row_for_each_part_of_a_load(dialect: Dialect) -> None:
    text = create_ledger(dialect, "s")
    q = dialect.quote
    assert text.startswith(f"CREATE TABLE IF NOT EXISTS {q}s{q}.{q}_intakegateway_loads{q} (")
    assert text.endswith(f"PRIMARY KEY ({q}load_id{q}, {q}part{q}))")


def test_all_that_can_be_said_of_a_row_is_asked_at_once() -> None:
    facts = Facts(
        TableName("t"), (ID, NAME), checks=(Check("c", "id > 0", ("id",)), Check("d", "x > 0", ("x",)))
    )
    rows, known = judgements.effective_rows(POSTGRESQL, facts, "S", ("id", "na me"))
    assert rows == '(SELECT s."_ig_row", s."id" AS "id", s."na me" AS "na me" FROM S AS s)'
    found = judgements.conditions(POSTGRESQL, facts, known)
    assert [condition.code for condition in found] == ["NOT_NULL", "TOO_LONG", "CHECK"]
    text, shown = judgements.failing_rows(POSTGRESQL, "R", found)
    assert shown == ("id", "na me")
    assert text == (
        'SELECT "_ig_row", CASE WHEN "id" IS NULL THEN 1 ELSE 0 END,'
        ' CASE WHEN char_length(RTRIM("na me")) > 5 THEN 1 ELSE 0 END,'
        " CASE WHEN NOT (id > 0) THEN 1 ELSE 0 END,"
        ' CAST("id" AS text), CAST("na me" AS text) FROM R AS s'
        ' WHERE ("id" IS NULL) OR (char_length(RTRIM("na me")) > 5) OR (NOT (id > 0))'
    )


def test_an_upsert_is_judged_by_the_rows_as_they_will_be() -> None:
    extra = FactColumn(Column("age", INTEGER, has_default=True), "bigint", default="7")
    serial = FactColumn(Column("n", INTEGER, has_default=True), "bigint")
    facts = Facts(TableName("t"), (ID, NAME, extra, serial))
    rows, known = judgements.effective_rows(
        POSTGRESQL, facts, "S", ("id", "na me"), plan(keep_nulls=True, skip="t.done")
    )
    assert known == {"id", "na me", "age"}
    assert rows == (
        '(SELECT s."_ig_row", s."id" AS "id", COALESCE(s."na me", t."na me") AS "na me",'
        ' CASE WHEN t."id" IS NOT NULL THEN t."age" ELSE CAST(7 AS bigint) END AS "age"'
        ' FROM S AS s LEFT JOIN T AS t ON t."id" = s."id" WHERE NOT (t."id" IS NOT NULL AND t.done))'
    )


def test_orphans_are_an_anti_join() -> None:
    key = ForeignKey("f", ("city",), TableName("cities", "geo"), ("id",))
    assert judgements.orphans(POSTGRESQL, "R", key) == (
        'SELECT s."_ig_row", CAST(s."city" AS text) FROM R AS s WHERE s."city" IS NOT NULL'
        ' AND NOT EXISTS (SELECT 1 FROM "geo"."cities" AS t WHERE t."id" = s."city")'
    )


def test_a_key_that_is_taken_is_found_by_a_join() -> None:
    unique = plain_unique(POSTGRESQL, "u", ("mail",))
    assert judgements.taken(POSTGRESQL, "R", "T", unique) == (
        'SELECT s."_ig_row", CAST(s.k0 AS text)'
        ' FROM (SELECT "_ig_row", "mail" AS k0 FROM R AS s) AS s'
        ' JOIN (SELECT "mail" AS k0 FROM T AS t) AS t ON t.k0 = s.k0'
    )
    upsert = judgements.taken(POSTGRESQL, "R", "T", unique, ("id",))
    assert upsert.endswith("ON t.k0 = s.k0 WHERE CASE WHEN t.j0 = s.j0 THEN 0 ELSE 1 END = 1")


@EACH
def test_a_name_cannot_leave_its_quotes(dialect: Dialect) -> None:
    mark = dialect.quote
    assert quote(dialect, f"a{mark}; DROP") == f"{mark}a{mark}{mark}; DROP{mark}"


@EACH
def test_a_text_cannot_leave_its_quotes(dialect: Dialect) -> None:
    assert literal(dialect, "it's") == "'it''s'"
    assert literal(dialect, "\\'") == ("'\\\\'''" if dialect is MYSQL else "'\\'''")


def test_a_table_that_is_yet_to_be_made_has_the_facts_that_it_will_have() -> None:
    facts = expected_facts(POSTGRESQL, TableSchema(TableName("t"), (Column("a", INTEGER),), ("a",)))
    assert facts.primary_key == ("a",)
    assert facts.uniques[0].parts == ('"a"',)
    assert facts.column("a").native == "bigint"
