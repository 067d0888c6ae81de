"""The doctor before a PostgreSQL server: who may come in, who owns what, and what stands between."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
import pytest_asyncio
import trustme
from sqlalchemy import make_url

from bot.jobs.causes import CHECK_URL, why_not
from bot.jobs.engine import close_engine, configure_engine, launch_engine, open_store
from bot.jobs.pace import Pace
from bot.operate.doctor.postgresql import CONNECTIONS, POOLER, RIGHTS, STORE, TLS, VERSION
from bot.operate.doctor.report import Check
from bot.operate.doctor.store import ROLE
from bot.settings import Settings
from tests.operate.patient import Patient
from tests.postgresql import new_database, pgbouncer
from tests.quick import QUICK

pytestmark = pytest.mark.slow  # new databases: seconds where the machine is busy

POOL = 4
NO_USER = "there is no user no_such_user|the password isn't accepted"
"""A server that asks for passwords tells nobody which users there are."""


@pytest.fixture
def owned() -> Iterator[tuple[str, str]]:
    """Make a database of an owner who is no superuser; returns the server's user's URL, and theirs."""
    with new_database() as url:
        name = make_url(url).database
        ask(url, f"CREATE ROLE {name} LOGIN PASSWORD 'hush-hush' CONNECTION LIMIT 6")
        ask(url, f"ALTER DATABASE {name} OWNER TO {name}")
        yield (
            url,
            make_url(url).set(username=name, password="hush-hush").render_as_string(hide_password=False),
        )
        ask(url, f"ALTER DATABASE {name} OWNER TO CURRENT_USER")
        ask(url, f"REASSIGN OWNED BY {name} TO CURRENT_USER")
        ask(url, f"DROP OWNED BY {name}")
        ask(url, f"DROP ROLE {name}")


def ask(url: str, statement: str) -> None:
    """Have the server do something."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(statement.encode())


async def examined(patient: Patient, url: str, **changes: object) -> dict[str, Check]:
    """Return the lines about the store."""
    report = await patient.examined(database_url=url, database_pool_size=POOL, **changes)
    return {each.name: each for each in report.checks if each.name.startswith((STORE, ROLE))}


@pytest_asyncio.fixture
async def served(patient: Patient, owned: tuple[str, str]) -> AsyncIterator[tuple[str, str]]:
    """Let the bot of the owner make its tables."""
    settings = Settings.model_validate({**patient.settings, "database_url": owned[1]})
    store = open_store(settings)
    configure_engine(settings, store, QUICK)
    await launch_engine(Pace(rate_per_minute=60, timing=QUICK).declare)
    await close_engine(grace=0)
    store.dispose()
    yield owned


async def test_new(patient: Patient, owned: tuple[str, str]) -> None:
    """An empty database whose owner the bot is."""
    found = await examined(patient, owned[1])
    name = make_url(owned[1]).username
    assert list(found) == [STORE, VERSION, RIGHTS, CONNECTIONS]
    assert found[STORE].found == "PostgreSQL answers"
    assert found[RIGHTS].found == f"{name} can create the schema dbos"
    assert found[CONNECTIONS].found == "a process holds up to 4, and the server lets this user have 6"


async def test_in_use(patient: Patient, served: tuple[str, str]) -> None:
    """The tables of the bot's own user."""
    name = make_url(served[1]).username
    found = await examined(patient, served[1])
    assert found[RIGHTS].found == f"the schema dbos and its tables are {name}'s to write"


@pytest.mark.parametrize(
    ("grants", "is_good", "words"),
    [
        ([], False, "can't create the schema dbos"),
        (["GRANT CREATE ON DATABASE {name} TO {name}"], True, "can create the schema dbos"),
        (["CREATE SCHEMA dbos"], False, "the schema dbos belongs to postgres, and {name} can't use it"),
        (
            ["CREATE SCHEMA dbos", "GRANT USAGE ON SCHEMA dbos TO {name}"],
            False,
            "the schema dbos belongs to postgres, and {name} can't use it",
        ),
        (["CREATE SCHEMA dbos AUTHORIZATION {name}"], True, "{name}'s to write"),
        (
            [
                "CREATE SCHEMA dbos",
                "CREATE TABLE dbos.dbos_migrations (x int)",
                "GRANT USAGE ON SCHEMA dbos TO {name}",
                "GRANT SELECT ON dbos.dbos_migrations TO {name}",
            ],
            False,
            "{name} can't write 1 of the tables in the schema dbos, as dbos_migrations",
        ),
        (
            [
                "CREATE SCHEMA dbos",
                "CREATE TABLE dbos.dbos_migrations (x int)",
                "GRANT USAGE ON SCHEMA dbos TO {name}",
                "GRANT ALL ON dbos.dbos_migrations TO {name}",
            ],
            True,
            "belong to postgres: only that user can start a version that changes them",
        ),
    ],
)
async def test_rights(
    patient: Patient, owned: tuple[str, str], grants: list[str], words: str, *, is_good: bool
) -> None:
    """Somebody else made the database, or the schema, or the tables."""
    server, mine = owned
    name = make_url(mine).username
    ask(server, f"ALTER DATABASE {name} OWNER TO CURRENT_USER")
    for each in grants:
        ask(server, each.format(name=name))
    found = (await examined(patient, mine))[RIGHTS]
    assert words.format(name=name) in found.found.replace(str(make_url(server).username), "postgres")
    assert (found.advice == "") is is_good


@pytest.mark.parametrize(("of_database", "allowed"), [(-1, 6), (3, 3)])
async def test_connections(patient: Patient, owned: tuple[str, str], of_database: int, allowed: int) -> None:
    """The pool is compared with the lowest limit, of the user or of the database."""
    ask(owned[0], f"ALTER DATABASE {make_url(owned[0]).database} CONNECTION LIMIT {of_database}")
    report = await patient.examined(database_url=owned[1], database_pool_size=allowed + 1)
    (found,) = [each for each in report.checks if each.name == CONNECTIONS]
    assert found.advice == f"Set DATABASE_POOL_SIZE to {allowed} or less."


async def test_read_only(patient: Patient, owned: tuple[str, str]) -> None:
    """A standby, or a user who may only read."""
    ask(owned[0], f"ALTER ROLE {make_url(owned[1]).username} SET default_transaction_read_only = on")
    found = await examined(patient, owned[1])
    assert found[STORE].advice == "Set DATABASE_URL to the primary server."


async def test_too_old(patient: Patient, owned: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is older than what the engine needs."""
    monkeypatch.setattr("bot.operate.doctor.postgresql.MIN_VERSION", 1000)
    found = await examined(patient, owned[1])
    assert found[VERSION].advice == "Use 1000 or newer."


@pytest.mark.process
async def test_pooler(patient: Patient, owned: tuple[str, str], unused_tcp_port: int) -> None:
    """PgBouncer is noticed, and so is plain text over a network; what the server allows is not compared."""
    with pgbouncer(owned[1], port=unused_tcp_port, listen_addr="127.0.0.2") as url:
        found = await examined(patient, url)
    assert list(found) == [STORE, VERSION, RIGHTS, TLS, POOLER]
    assert found[TLS].found.startswith("not encrypted: add ?sslmode=require")
    assert found[POOLER].found.startswith("between the bot and the server; a process holds up to 4")


@pytest.fixture
def certificates() -> Iterator[Path]:
    """Make a certificate, its key and its authority, which the pooler's own user can read."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    with TemporaryDirectory() as name:
        folder = Path(name)
        certificate.private_key_pem.write_to_path(folder / "key.pem")
        certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
        authority.cert_pem.write_to_path(folder / "ca.pem")
        for each in (folder, *folder.iterdir()):
            each.chmod(0o755)
        yield folder


@pytest.mark.process
async def test_pooler_tls(
    patient: Patient, owned: tuple[str, str], unused_tcp_port: int, certificates: Path
) -> None:
    """A certificate of somebody unknown is named as that, and one that is trusted encrypts."""
    folder = certificates
    options = {
        "client_tls_sslmode": "require",
        "client_tls_key_file": folder / "key.pem",
        "client_tls_cert_file": folder / "cert.pem",
    }
    with pgbouncer(owned[1], port=unused_tcp_port, **options) as url:
        trusted = await examined(patient, f"{url}?sslmode=verify-full&sslrootcert={folder / 'ca.pem'}")
        unknown = await examined(patient, f"{url}?sslmode=verify-full&sslrootcert={folder / 'cert.pem'}")
    assert trusted[TLS].found == "the connection is encrypted"
    assert "certificate isn't trusted" in unknown[STORE].found


@pytest.mark.process
async def test_statement_mode(patient: Patient, owned: tuple[str, str], unused_tcp_port: int) -> None:
    """A pooler that allows no transactions is named, and so is one that knows no such database."""
    with pgbouncer(owned[1], port=unused_tcp_port, pool_mode="statement") as url:
        found = await examined(patient, url)
        other = await examined(patient, f"{url}_no")
    assert found[STORE].advice == "Set pool_mode = transaction in the pooler."
    assert f"there is no database {make_url(url).database}_no" in other[STORE].found


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"database": "no_such_one"}, "there is no database no_such_one"),
        ({"username": "no_such_user"}, NO_USER),
        ({"port": 9}, "nothing listens there"),
        ({"host": "nowhere.invalid"}, "the host nowhere.invalid isn't found"),
        ({"query": {"sslmode": "require"}}, "the server has no TLS, and DATABASE_URL asks for it"),
        ({"query": {"sslmod": "require"}}, "an option that doesn't exist: sslmod"),
        ({"query": {"sslmode": "yes"}}, "an option that doesn't exist: sslmode"),
        ({"query": {"options": "-c nosuch=1"}}, "doesn't accept the options in DATABASE_URL"),
    ],
)
async def test_causes(
    patient: Patient, owned: tuple[str, str], change: dict[str, object], cause: str
) -> None:
    """What a server says at the door is told in words, with what to do."""
    url = make_url(owned[0]).set(**change)  # type: ignore[arg-type]
    found = await examined(patient, url.render_as_string(hide_password=False))
    assert list(found) == [STORE]
    assert re.search(cause, found[STORE].found)
    assert found[STORE].advice


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ('FATAL:  password authentication failed for user "x"', "the password isn't accepted"),
        ("fe_sendauth: no password supplied", "the password isn't accepted"),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1"', "doesn't let this user in from here"),
        ('FATAL:  permission denied for database "x"', "isn't let into this database"),
        ("FATAL:  sorry, too many clients already", "all connections are taken"),
        ('FATAL:  too many connections for role "x"', "all connections are taken"),
        ("FATAL:  remaining connection slots are reserved for roles", "all connections are taken"),
        ("connection timeout expired", "there was no answer"),
        ("failed: session is read-only", "the server is a standby"),
        ("FATAL:  the database system is starting up", "the server is starting"),
        ("ERROR:  unsupported startup parameter: options", "doesn't accept the options"),
        ("FATAL: no such user: x", "there is no user of that name"),
    ],
)
def test_said(said: str, cause: str) -> None:
    """What can hardly be met on one machine is known by its words."""
    assert cause in why_not(said)[0]


def test_unknown_cause() -> None:
    """What nobody has foreseen is told as the server put it."""
    assert why_not("Oh dear\nand more") == ("PostgreSQL can't be used: Oh dear", CHECK_URL, True, False)


async def test_role(patient: Patient, served: tuple[str, str]) -> None:
    """Half a bot is noticed by jobs that nobody starts."""
    assert "must run them" in (await examined(patient, served[1], role="web"))[ROLE].found
    assert "runs the jobs" in (await examined(patient, served[1], role="worker"))[ROLE].found
    ask(
        served[1],
        "INSERT INTO dbos.workflow_status (workflow_uuid, status, name, queue_name, created_at, updated_at, "
        "priority, application_name) VALUES ('V1', 'ENQUEUED', 'call_kore', 'kore-calls', 1, 1, 0, "
        "'contactlist-bot')",
    )
    found = (await examined(patient, served[1], role="web"))[ROLE]
    assert found.found == "web, and nothing runs the jobs: 1 waiting for more than a minute"
    assert "ROLE=worker" in found.advice
    ask(
        served[1],
        "INSERT INTO dbos.workflow_status (workflow_uuid, status, name, queue_name, created_at, updated_at, "
        "priority, application_name, started_at_epoch_ms) VALUES ('V2', 'PENDING', 'notify', "
        "'notifications', 1, 1, 0, 'contactlist-bot', extract(epoch FROM now()) * 1000)",
    )
    assert "must run them" in (await examined(patient, served[1], role="web"))[ROLE].found


async def test_role_new(patient: Patient, owned: tuple[str, str]) -> None:
    """Before the first start there are no jobs."""
    assert "must run them" in (await examined(patient, owned[1], role="web"))[ROLE].found
