"""The bot as the systemd unit in deploy/ runs it, as far as that goes without systemd.

It is the wheel alone, under the system's own Python, as another user, with no capabilities, where all but its
state directory is read-only.
"""

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.process import BotProcess
from tools.operating.stand import Stand

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "systemd" / "contactlist-bot.service"
PYTHON = "/usr/bin/python3"
NOBODY = 65534
CONFINE = """
mount --make-rprivate / && mount --bind {state} {state} && mount -o remount,ro,bind / &&
mount -t tmpfs tmpfs /tmp && mount -t tmpfs tmpfs /root &&
exec setpriv --reuid {user} --regid {user} --clear-groups --no-new-privs --bounding-set -all --inh-caps -all \
    {program} -m bot serve
"""
"""User, ProtectSystem, StateDirectory, PrivateTmp, ProtectHome, NoNewPrivileges and CapabilityBoundingSet."""

_NONE = "0" * 16
CONFINED = {
    "Uid": str(NOBODY),
    "Gid": str(NOBODY),
    "NoNewPrivs": "1",
    "CapBnd": _NONE,
    "CapEff": _NONE,
    "root": "ro",
}
"""What the kernel says of a process that is."""


def can_confine() -> bool:
    """Return whether this machine lets us, and has a Python of its own that is new enough."""
    if os.geteuid() != 0:
        return False
    asked = subprocess.run(  # noqa: S603 - our own arguments
        [PYTHON, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() == str(sys.version_info[:2])


def install(stand: Stand) -> BotProcess:
    """Install the wheel and the settings as the docs say, and return the bot that is to run from there."""
    folder = Path(stand.parts.enter_context(TemporaryDirectory(dir="/opt")))
    folder.chmod(0o755)
    _pip("wheel", "--no-deps", "--no-build-isolation", f"--wheel-dir={folder}", str(ROOT))
    (wheel,) = folder.glob("*.whl")
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)  # noqa: S603
    packages = folder / "venv" / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    _pip("install", "--no-deps", "--no-index", f"--target={packages}", str(wheel))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    state, etc = folder / "state", folder / "etc"
    state.mkdir(mode=0o700)
    os.chown(state, NOBODY, NOBODY)
    etc.mkdir(mode=0o750)
    if stand.on_sqlite:
        stand.url = f"sqlite:///{state / 'contactlist.db'}"
    settings = etc / ".env"
    settings.write_text("".join(f"{name}={value}\n" for name, value in stand.settings().items()))
    settings.chmod(0o640)
    for each in (etc, settings):
        os.chown(each, 0, NOBODY)
    confine = CONFINE.format(state=state, user=NOBODY, program=folder / "venv" / "bin" / "python")
    launch = f"import os; os.execv('/usr/bin/unshare', ['unshare', '--mount', 'sh', '-c', {confine!r}])"
    environment = {**_unit_environment(), "PYTHONPATH": ""}
    return stand.add(BotProcess(environment, folder=etc, program=("-c", launch)))


def confinement(bot: BotProcess) -> dict[str, str]:
    """Read what the kernel says of the process."""
    status = Path(f"/proc/{bot.process_id}/status").read_text(encoding="utf-8")
    names = ("Uid", "Gid", "NoNewPrivs", "CapBnd", "CapEff")
    found = {name: re.search(rf"^{name}:\s+(\S+)", status, re.MULTILINE) for name in names}
    mounts = Path(f"/proc/{bot.process_id}/mountinfo").read_text(encoding="utf-8")
    root = next(line.split()[5] for line in mounts.splitlines() if line.split()[4] == "/")
    return {name: each[1] for name, each in found.items() if each} | {"root": root.split(",")[0]}


def _unit_environment() -> dict[str, str]:
    line = re.search(r"^Environment=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(each.split("=", 1) for each in line[1].split()) if line else {}


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    subprocess.run(command, check=True, cwd=ROOT)  # noqa: S603 - our own arguments
