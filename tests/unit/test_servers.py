def test_a_fresh_postgresql_database_answers(postgresql_url: str) -> None:
    import psycopg

    with psycopg.connect(postgresql_url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row == (0,)


def test_a_fresh_mariadb_database_answers(mysql_url: str) -> None:
    from urllib.parse import urlsplit

    import pymysql

    parts = urlsplit(mysql_url)
    connection = pymysql.connect(
        host=parts.hostname, port=parts.port or 0, user=parts.username, password=parts.password or "",
        database=parts.path[1:],
    )  # fmt: skip
    with connection, connection.cursor() as cursor:
        cursor.execute("SHOW TABLES")
        assert cursor.fetchall() == ()
