"""A PostgreSQL server for tests, databases of their own on it, and a pooler before them."""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

SERVER = os.environ.get("TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


def needed(reason: str) -> None:
    """Skip a test for want of something, but never in CI."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


class new_database:  # noqa: N801 - used as a function
    """A PostgreSQL database for one test; without a server the test is skipped, but never in CI."""

    def __enter__(self) -> str:
        self._name = f"contactlist_{uuid4().hex[:12]}"
        try:
            self._server = psycopg.connect(SERVER, autocommit=True, connect_timeout=3)
        except psycopg.OperationalError:
            needed("no PostgreSQL server at TEST_DATABASE_URL")
        self._server.execute(f"CREATE DATABASE {self._name}".encode())
        return SERVER.rsplit("/", 1)[0] + f"/{self._name}"

    def __exit__(self, *_: object) -> None:
        self._server.execute(f"DROP DATABASE {self._name} WITH (FORCE)".encode())
        self._server.close()


@contextmanager
def pgbouncer(database_url: str, *, port: int, **options: object) -> Iterator[str]:
    """Run PgBouncer before a database; returns the URL of the way through it."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        needed("no pgbouncer here: install Debian's package pgbouncer")
    url = make_url(database_url)
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    users = folder / "users.txt"
    users.write_text(f'"{url.username}" "{url.password or ""}"\n')
    chosen: dict[str, Any] = {
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "trust",
        "auth_file": users,
        "pool_mode": "transaction",
        **options,
    }
    lines = "\n".join(f"{name} = {value}" for name, value in chosen.items())
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(
        f"[databases]\n{url.database} = host={url.host} port={url.port}\n[pgbouncer]\n{lines}\n"
    )
    user: dict[str, Any] = {"user": "nobody"} if os.geteuid() == 0 else {}  # it refuses to run as root
    with subprocess.Popen(  # noqa: S603 - found on the path
        [str(program), str(configuration)], stderr=subprocess.PIPE, text=True, **user
    ) as running:
        assert running.stderr
        said = ""
        while "process up" not in (line := running.stderr.readline()):
            assert line, said
            said += line
        threading.Thread(target=running.stderr.read, daemon=True).start()  # lest the pipe be full
        yield url.set(host=str(chosen["listen_addr"]), port=port).render_as_string(hide_password=False)
        running.terminate()
    shutil.rmtree(folder)
