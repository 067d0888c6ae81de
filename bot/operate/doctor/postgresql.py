"""A PostgreSQL store: whether the bot gets in, and finds what `serve` needs. Nothing is changed."""

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from bot.jobs.causes import why_not
from bot.jobs.engine import POSTGRESQL, cause_of
from bot.operate.doctor.report import Report

STORE = "Store"
VERSION = "Store: version"
RIGHTS = "Store: rights"
TLS = "Store: TLS"
POOLER = "Store: pooler"
CONNECTIONS = "Store: connections"
MIN_VERSION = 13
"""The first version with everything the engine's tables use."""

_WHERE = """
SELECT current_setting('transaction_read_only') = 'on' AS is_read_only,
    current_setting('server_version_num')::int / 10000 AS version,
    current_setting('server_version') AS version_name,
    pg_backend_pid() AS process,
    has_database_privilege(current_database(), 'CREATE') AS may_create,
    current_user AS me
"""
_SCHEMA = """
SELECT pg_get_userbyid(nspowner) AS owner, pg_has_role(nspowner, 'USAGE') AS is_ours,
    has_schema_privilege(oid, 'USAGE') AS may_use, has_schema_privilege(oid, 'CREATE') AS may_create,
    EXISTS (SELECT FROM pg_class WHERE relnamespace = n.oid AND relname = 'dbos_migrations') AS has_tables
FROM pg_namespace n WHERE nspname = 'dbos'
"""
_TABLES = """
SELECT relname, pg_get_userbyid(relowner) AS owner, pg_has_role(relowner, 'USAGE') AS is_ours,
    has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
        AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE') AS may_write
FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'dbos'::regnamespace ORDER BY relname
"""
_ALLOWED = """
SELECT least(nullif(rolconnlimit, -1), nullif(datconnlimit, -1),
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int)
FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()
"""
"""Connections that the server allows this user to this database, by the lowest limit."""


def examine_postgresql(report: Report, url: URL, *, pool_size: int, timeout: float) -> None:
    """Check a server, to which a process may hold `pool_size` connections."""
    connect_args = POSTGRESQL | {"connect_timeout": int(timeout)}
    try:
        engine = create_engine(url, connect_args=connect_args)
        with engine.connect() as connection:
            _examine(report, connection, pool_size)
        engine.dispose()
    except SQLAlchemyError as error:
        report.check(STORE, why_not(cause_of(error)))


def _examine(report: Report, connection: Connection, pool_size: int) -> None:
    server = connection.execute(text(_WHERE)).one()
    if server.is_read_only:
        report.bad(STORE, "PostgreSQL is read-only here", "Set DATABASE_URL to the primary server.")
    else:
        report.good(STORE, "PostgreSQL answers")
    if server.version < MIN_VERSION:
        report.bad(VERSION, f"PostgreSQL {server.version_name} is too old", f"Use {MIN_VERSION} or newer.")
    else:
        report.good(VERSION, f"PostgreSQL {server.version_name}")
    _rights(report, connection, may_create=server.may_create, me=server.me)
    driver = connection.connection.driver_connection
    assert driver  # noqa: S101 - the connection is open
    _tls(report, is_remote=not _is_here(driver.info.host), is_encrypted=driver.pgconn.ssl_in_use)
    if driver.pgconn.backend_pid == server.process:
        _connections(report, connection, pool_size)
    else:  # not the server's own process: something answers in its place
        found = f"between the bot and the server; a process holds up to {pool_size} connections to it"
        report.good(POOLER, found)


def _rights(report: Report, connection: Connection, *, may_create: bool, me: str) -> None:
    schema = connection.execute(text(_SCHEMA)).one_or_none()
    if schema is None:
        if may_create:
            report.good(RIGHTS, f"{me} can create the schema dbos")
        else:
            report.bad(RIGHTS, f"{me} can't create the schema dbos", "Grant it CREATE on the database.")
        return
    if not (schema.may_use and (schema.has_tables or schema.may_create)):
        found = f"the schema dbos belongs to {schema.owner}, and {me} can't use it"
        report.bad(
            RIGHTS, found, f"Run ALTER SCHEMA dbos OWNER TO {me}, or name {schema.owner} in DATABASE_URL."
        )
        return
    tables = connection.execute(text(_TABLES)).all()
    if closed := [each for each in tables if not each.may_write]:
        found = f"{me} can't write {len(closed)} of the tables in the schema dbos, as {closed[0].relname}"
        report.bad(
            RIGHTS, found, f"They belong to {closed[0].owner}: make {me} their owner, or name that user."
        )
    elif others := [each for each in tables if not each.is_ours]:
        found = f"{me} can write the tables in the schema dbos, which belong to {others[0].owner}"
        report.good(RIGHTS, f"{found}: only that user can start a version that changes them")
    else:
        report.good(RIGHTS, f"the schema dbos and its tables are {me}'s to write")


def _tls(report: Report, *, is_remote: bool, is_encrypted: bool) -> None:
    if is_encrypted:
        report.good(TLS, "the connection is encrypted")
    elif is_remote:
        report.good(
            TLS, "not encrypted: add ?sslmode=require to DATABASE_URL unless the network is yours alone"
        )


def _is_here(host: str) -> bool:
    return host.startswith("/") or host in {"localhost", "127.0.0.1", "::1"}


def _connections(report: Report, connection: Connection, wanted: int) -> None:
    """Compare what a process may hold with what this user may open: the pool opens connections on demand."""
    limit = connection.execute(text(_ALLOWED)).scalar_one()
    found = f"a process holds up to {wanted}, and the server lets this user have {limit}"
    if wanted > limit:
        report.bad(CONNECTIONS, found, f"Set DATABASE_POOL_SIZE to {limit} or less.")
    else:
        report.good(CONNECTIONS, found)
