"""Why a PostgreSQL server can't be used, in words, based on the driver's message. Pure: no I/O."""

import re

from bot.errors import Problem

CHECK_URL = "Check DATABASE_URL and that the bot's user can write there."
_UNFOUND = "the host {name} isn't found"
_CAUSES = (
    (
        r'database "(?P<name>[^"]*)" does not exist|no such database: (?P<name2>\S+)',
        "there is no database {name}",
        "Create it (CREATE DATABASE), or correct the name in DATABASE_URL.",
        False,
    ),
    (
        r'role "(?P<name>[^"]*)" does not exist|no such user',
        "there is no user {name}",
        "Create it (CREATE ROLE … LOGIN), or correct the user in DATABASE_URL.",
        False,
    ),
    (
        r"password authentication failed|no password supplied|auth(?:entication)? failed",
        "the password isn't accepted",
        "Correct the password in DATABASE_URL, with special characters as %XX.",
        False,
    ),
    (
        r"no pg_hba\.conf entry",
        "the server doesn't let this user in from here, or only with TLS",
        "Add a line to its pg_hba.conf, or try ?sslmode=require in DATABASE_URL.",
        False,
    ),
    (
        r"permission denied for database|is not permitted to log in",
        "this user isn't let into this database",
        "Grant it LOGIN, and CONNECT on the database.",
        False,
    ),
    (
        r"too many c|connection slots are reserved|no more connections",
        "all connections are taken",
        "Lower DATABASE_POOL_SIZE, or allow more on the server or its pooler.",
        True,
    ),
    (
        r"does not support SSL",
        "the server has no TLS, and DATABASE_URL asks for it",
        "Switch TLS on in the server, or change sslmode in DATABASE_URL.",
        False,
    ),
    (
        r"certificate|sslrootcert",
        "the server's TLS certificate isn't trusted",
        "Name its CA with ?sslmode=verify-full&sslrootcert=FILE in DATABASE_URL.",
        False,
    ),
    (
        r'invalid connection option "(?P<name>[^"]*)"|invalid (?P<name2>\w+) value',
        "DATABASE_URL has an option that doesn't exist: {name}",
        "Correct what follows the ? in DATABASE_URL.",
        False,
    ),
    (
        r"unsupported startup parameter|unrecognized configuration parameter|invalid command-line argument",
        "the server or its pooler doesn't accept the options in DATABASE_URL",
        "Remove them, or list them in the pooler's ignore_startup_parameters.",
        False,
    ),
    (
        r"statement pooling mode",
        "the pooler is in statement mode, which allows no transactions",
        "Set pool_mode = transaction in the pooler.",
        False,
    ),
    (
        r"failed to resolve host '(?P<name>[^']*)'|could not translate host name \"(?P<name2>[^\"]*)\"",
        _UNFOUND,
        "Check the host in DATABASE_URL, and DNS.",
        True,
    ),
    (
        r"Connection refused|No such file or directory|actively refused",
        "nothing listens there",
        "Start the server, or correct host and port in DATABASE_URL.",
        True,
    ),
    (
        r"timeout|timed out|No route to host|Network is unreachable",
        "there was no answer",
        "Check host and port in DATABASE_URL, the network and a firewall.",
        True,
    ),
    (
        r"session is read-only",
        "the server is a standby, which can't be written to",
        "Set DATABASE_URL to the primary. After a failover, wait a minute.",
        True,
    ),
    (
        r"starting up|shutting down|in recovery|not (?:currently )?accepting connections",
        "the server is starting, stopping or recovering",
        "Wait a minute.",
        True,
    ),
)
"""What the driver says, what it means, what to do, and whether it may pass by itself."""


def why_not(said: str) -> Problem:
    """Return what is wrong; an unknown problem keeps the driver's own first line, and may pass."""
    for pattern, cause, advice, may_pass in _CAUSES:
        if found := re.search(pattern, said, re.IGNORECASE):
            name = next(filter(None, found.groupdict().values()), "of that name")
            words = f"PostgreSQL can't be used: {cause.format(name=name)}"
            return Problem(words, advice, may_pass, by_name=cause == _UNFOUND)
    return Problem(f"PostgreSQL can't be used: {said.partition(chr(10))[0]}", CHECK_URL)
