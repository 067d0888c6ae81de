"""A PostgreSQL server for tests, and databases of their own on it."""

import os
from uuid import uuid4

import psycopg
import pytest

SERVER = os.environ.get("TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


class new_database:  # noqa: N801 - used as a function
    """A PostgreSQL database for one test; without a server the test is skipped, but never in CI."""

    def __enter__(self) -> str:
        self._name = f"contactlist_{uuid4().hex[:12]}"
        try:
            self._server = psycopg.connect(SERVER, autocommit=True, connect_timeout=3)
        except psycopg.OperationalError:
            if os.environ.get("CI"):
                raise
            pytest.skip("no PostgreSQL server at TEST_DATABASE_URL")
        self._server.execute(f"CREATE DATABASE {self._name}".encode())
        return SERVER.rsplit("/", 1)[0] + f"/{self._name}"

    def __exit__(self, *_: object) -> None:
        self._server.execute(f"DROP DATABASE {self._name} WITH (FORCE)".encode())
        self._server.close()
