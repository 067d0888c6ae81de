"""The machine: the ports the bot listens on, and who else can read its files."""

import asyncio
import errno
import os
import stat
from pathlib import Path

import aiohttp
from yarl import URL

from bot.environment import FILE as ENV_FILE
from bot.operate.doctor.report import Report
from bot.settings import Settings

PORTS = "Ports"
FILES = "File modes"
READYZ_TIMEOUT = 5
"""Seconds."""
_ADVICE = {
    errno.EADDRINUSE: "Stop the other program, or change {name}.",
    errno.EACCES: "Ports below 1024 need special rights: choose another {name}.",
    errno.EADDRNOTAVAIL: "HOST must be an address of this machine: 0.0.0.0 stands for all of them.",
}
_CHECK_HOST = "Check HOST: 0.0.0.0 stands for all addresses of this machine."


async def examine_machine(report: Report, settings: Settings) -> None:
    """Check the ports and files that `serve` opens."""
    await _ports(report, settings)
    _files(report, settings)


async def _ports(report: Report, settings: Settings) -> None:
    wanted = {"PORT": settings.port, "METRICS_PORT": settings.metrics_port}
    if settings.port and settings.port == settings.metrics_port:
        report.bad(PORTS, f"PORT and METRICS_PORT are both {settings.port}", "Change one of them.")
        return
    found = []
    for name, port in wanted.items():
        if port is None:
            continue
        where = f"{settings.host}:{port}"
        try:
            await _listen(settings.host, port)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and await _is_the_bot(settings):
                found.append(f"the bot itself uses {where}")
                continue
            number = error.errno or 0
            why = os.strerror(number) if number > 0 else str(error.strerror)  # asyncio adds words of its own
            advice = _ADVICE.get(number, _CHECK_HOST).format(name=name)
            report.bad(PORTS, f"{name}: {where} isn't available ({why.lower()})", advice)
            return
        found.append(f"{where} is free")
    report.good(PORTS, ", ".join(found))


async def _listen(host: str, port: int) -> None:
    """Listen for a moment, like the bot."""
    server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    server.close()
    await server.wait_closed()


async def _is_the_bot(settings: Settings) -> bool:
    """Return whether whatever listens on PORT answers like the bot."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - only compared
    url = URL.build(scheme="http", host=host, port=settings.port, path="/readyz")
    timeout = aiohttp.ClientTimeout(total=READYZ_TIMEOUT)
    try:
        async with aiohttp.request("GET", url, timeout=timeout) as answer:  # no proxy leads to this machine
            return b'"ready":' in await answer.read()
    except (aiohttp.ClientError, TimeoutError):
        return False


def _files(report: Report, settings: Settings) -> None:
    """Check that no other user can read secrets; the bot itself makes a store that it owns private."""
    store = settings.store_file
    is_anothers = settings.on_sqlite and store.is_file() and store.stat().st_uid != os.geteuid()
    there = [each for each in (Path(ENV_FILE), *([store] if is_anothers else [])) if each.is_file()]
    if opened := [each for each in there if each.stat().st_mode & stat.S_IROTH]:
        names = " ".join(map(str, opened))
        report.bad(FILES, f"every user of this machine can read {names}", f"Run chmod o= {names}")
    elif there:
        report.good(FILES, f"not every user of this machine can read {' '.join(map(str, there))}")
