"""`make operator`: play an operator, with the real bot as processes between the sandbox's two ends.

Each act has 20 jobs under way, and ends with counting in Kore.ai and Slack what was lost or done twice.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.operating.acts import ACTS, IN_SOCKET_MODE, NotHere, Sources
from tools.operating.night import night
from tools.operating.stand import stand

ROOT = Path(__file__).parent.parent
HEAD = f"{'store':12}{'act':24}{'submitted':>10}{'lost':>6}{'twice':>6}{'asked':>6}{'seconds':>9}"
STORES = ("sqlite", "postgresql")


def main() -> int:
    """Play the acts that were asked for, and return the exit status."""
    parser = argparse.ArgumentParser(prog="make operator")
    parser.add_argument("acts", nargs="*", choices=[[], *ACTS], help="some of the acts; all by default")
    parser.add_argument("--store", choices=STORES, help="one of the stores; both by default")
    parser.add_argument("--night", action="store_true", help="six faults instead, and their alerts")
    parser.add_argument("--old", default="HEAD~20", help="the commit to use as the older version")
    options = parser.parse_args()
    if options.night:
        return asyncio.run(night())
    with older(options.old) as old:
        stores = [options.store] if options.store else STORES
        return asyncio.run(play(options.acts or list(ACTS), stores, Sources(old=old, new=ROOT)))


async def play(acts: list[str], stores: list[str] | tuple[str, ...], sources: Sources) -> int:
    """Play each act on each store, a line for each, and return the exit status."""
    print(HEAD, flush=True)
    failed = 0
    for store in stores:
        for act in acts:
            failed += not await _play(act, store, sources)
    return int(failed > 0)


async def _play(act: str, store: str, sources: Sources) -> bool:
    """Play one act, and print what was lost or done twice; returns whether nothing was."""
    began = time.monotonic()
    async with stand(store, socket_mode=act in IN_SOCKET_MODE) as stage:
        try:
            await ACTS[act](stage, sources)
        except NotHere as error:
            print(f"{store:12}{act:24}not tried: {error}", flush=True)
            return True
        found = await stage.verdict()
    numbers = f"{len(found.lost):>6}{len(found.twice):>6}{len(found.asked):>6}"
    counts = f"{found.submitted:>10}{numbers}{time.monotonic() - began:>9.0f}"
    print(f"{store:12}{act:24}{counts}", *found.lost, *found.twice, flush=True)
    return found.is_good


@contextmanager
def older(commit: str) -> Iterator[Path]:
    """Unpack an older version of the code."""
    with TemporaryDirectory() as folder:
        archive = subprocess.run(  # noqa: S603 - our own repository
            ["/usr/bin/git", "archive", commit, "bot"], cwd=ROOT, check=True, capture_output=True
        )
        subprocess.run(["/usr/bin/tar", "-x"], cwd=folder, input=archive.stdout, check=True)
        yield Path(folder)


if __name__ == "__main__":
    sys.exit(main())
