"""Files by DuckDB."""

# ruff: noqa: E501

from __future__ import annotations

import duckdb
from files import Files

DUCKDB_VALUES = {
    "boolean": "SELECT (i % 3 = 0) AS v FROM range(60) t(i)",
    "tinyint": "SELECT (i - 30)::TINYINT AS v FROM range(60) t(i)",
    "utinyint": "SELECT (i * 4)::UTINYINT AS v FROM range(60) t(i)",
    "smallint": "SELECT (i * 500 - 15000)::SMALLINT AS v FROM range(60) t(i)",
    "usmallint": "SELECT (i * 1000)::USMALLINT AS v FROM range(60) t(i)",
    "integer": "SELECT (i * 40000000 - 1200000000)::INTEGER AS v FROM range(60) t(i)",
    "uinteger": "SELECT (3012716861 + i)::UINTEGER AS v FROM range(60) t(i)",
    "uinteger_random": "SELECT (hash(i) % 4294967296)::UINTEGER AS v FROM range(3000) t(i)",
    "bigint": "SELECT (hash(i)::HUGEINT - 9223372036854775808)::BIGINT AS v FROM range(3000) t(i)",
    "ubigint": "SELECT hash(i) AS v FROM range(3000) t(i)",
    "hugeint": "SELECT hash(i)::HUGEINT * 3 AS v FROM range(60) t(i)",
    "float": "SELECT (i / 7)::FLOAT AS v FROM range(60) t(i)",
    "double": "SELECT CASE i WHEN 0 THEN 'nan' WHEN 1 THEN 'inf' WHEN 2 THEN '-inf' ELSE (i / 7)::VARCHAR END::DOUBLE AS v FROM range(60) t(i)",
    "decimal_4": "SELECT (i / 7)::DECIMAL(4, 2) AS v FROM range(60) t(i)",
    "decimal_18": "SELECT (i * 12345678.9)::DECIMAL(18, 3) AS v FROM range(60) t(i)",
    "decimal_38": "SELECT (hash(i)::DECIMAL(38, 5) / 7)::DECIMAL(38, 5) AS v FROM range(60) t(i)",
    "varchar": "SELECT CASE WHEN i % 5 = 0 THEN NULL ELSE 'text ' || (i % 7) || ' é😀' END AS v FROM range(3000) t(i)",
    "varchar_unique": "SELECT 'https://example.org/item/' || hash(i) AS v FROM range(3000) t(i)",
    "blob": "SELECT ('\\x00\\xFF'::BLOB || (i::VARCHAR)::BLOB) AS v FROM range(60) t(i)",
    "date": "SELECT DATE '1969-12-01' + (i * 100)::INTEGER AS v FROM range(60) t(i)",
    "date_far": "SELECT unnest([DATE '0001-01-01', DATE '9999-12-31', DATE '5881580-07-10', DATE '-290000-01-01']) AS v",
    "time": "SELECT TIME '00:00:00' + to_microseconds(i * 1440000001) AS v FROM range(59) t(i)",
    "timestamp": "SELECT TIMESTAMP '1969-12-31 23:59:59.999' + to_microseconds(i * 1234567890123) AS v FROM range(60) t(i)",
    "timestamp_far": "SELECT unnest([TIMESTAMP '0001-01-01 00:00:00', TIMESTAMP '9999-12-31 23:59:59.999999', TIMESTAMP '200000-01-01']) AS v",
    "timestamp_s": "SELECT (TIMESTAMP '2000-01-01' + to_seconds(i * 1000003))::TIMESTAMP_S AS v FROM range(60) t(i)",
    "timestamp_ms": "SELECT (TIMESTAMP '2000-01-01' + to_milliseconds(i * 1000003))::TIMESTAMP_MS AS v FROM range(60) t(i)",
    "timestamp_ns": "SELECT (TIMESTAMP '2000-01-01' + to_microseconds(i * 1000003))::TIMESTAMP_NS AS v FROM range(60) t(i)",
    "timestamptz": "SELECT TIMESTAMPTZ '2000-01-01 00:00:00+00' + to_microseconds(i * 1000003) AS v FROM range(60) t(i)",
    "timetz": "SELECT '12:34:56.5+02'::TIMETZ AS v FROM range(5) t(i)",
    "uuid": "SELECT md5(i::VARCHAR)::UUID AS v FROM range(60) t(i)",
    "enum": "SELECT (CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END)::ENUM('a', 'b') AS v FROM range(60) t(i)",
    "json": """SELECT unnest(['{"a":1.10}', '[9007199254740993]', 'null', '"x"', NULL])::JSON AS v""",
    "bit": "SELECT '0101'::BIT AS v",
    "list": "SELECT CASE WHEN i % 4 = 0 THEN NULL ELSE range(i % 5) END AS v FROM range(3000) t(i)",
    "list_list": "SELECT [range(i % 3), NULL, []] AS v FROM range(60) t(i)",
    "list_struct": "SELECT [{'a': i, 'b': [i::VARCHAR]}, NULL] AS v FROM range(60) t(i)",
    "array": "SELECT [i, i + 1, NULL]::INTEGER[3] AS v FROM range(60) t(i)",
    "struct": "SELECT {'a': i, 'b': {'c': i::VARCHAR, 'd': NULL}} AS v FROM range(60) t(i)",
    "map": "SELECT MAP {'k' || i: i, 'l': NULL} AS v FROM range(60) t(i)",
    "map_int": "SELECT MAP {10: 'a', 9: 'b', i + 100: 'c'} AS v FROM range(60) t(i)",
    "map_list": "SELECT MAP {'k': [i, NULL]} AS v FROM range(60) t(i)",
    "nulls": "SELECT NULL::INTEGER AS v FROM range(3000)",
    "empty": "SELECT 1 AS v WHERE false",
    "wide": "SELECT i AS a, i::VARCHAR AS b, [i] AS c, {'x': i} AS d, i % 2 = 0 AS e FROM range(5000) t(i)",
}


def duckdb_files() -> Files:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name, query in DUCKDB_VALUES.items():
        for codec, version in [
            ("snappy", "V1"),
            ("zstd", "V2"),
            ("uncompressed", "V2"),
            ("gzip", "V1"),
            ("brotli", "V1"),
            ("lz4_raw", "V2"),
        ]:
            options = (
                f"FORMAT parquet, CODEC '{codec}', PARQUET_VERSION '{version}', ROW_GROUP_SIZE 2048"
            )
            yield (
                f"{name}-{codec}-{version}",
                lambda path, q=query, o=options: connection.execute(
                    f"COPY ({q}) TO '{path}' ({o})"
                ),
            )
        for more in ["DICTIONARY_SIZE_LIMIT 1", "WRITE_BLOOM_FILTER true"]:
            options = f"FORMAT parquet, {more}"
            yield (
                f"{name}-{more[:5]}",
                lambda path, q=query, o=options: connection.execute(
                    f"COPY ({q}) TO '{path}' ({o})"
                ),
            )
