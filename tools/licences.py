"""`make licences`: write LICENCES.md, the licence of every package in requirements.txt."""

import re
from importlib import metadata
from pathlib import Path

__all__ = ["declared", "locked", "table"]

ROOT = Path(__file__).parent.parent
FILE = ROOT / "LICENCES.md"
HEAD = """\
# Licences of the dependencies

What the bot runs with, by `requirements.txt`. `make licences` writes this page from what each package
declares.

| Package | Licence |
| --- | --- |
"""


def locked() -> list[str]:
    """Name the packages that the bot runs with."""
    return re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE)


def declared(package: str) -> str:
    """Read the licence that an installed package declares."""
    told = metadata.metadata(package)
    classifiers = [each for each in told.get_all("Classifier", []) if each.startswith("License :: OSI")]
    short = [line for each in told.get_all("License", []) for line in each.splitlines()[:1]]
    names = [
        *told.get_all("License-Expression", []),
        *short,
        *(each.split(" :: ")[-1] for each in classifiers),
    ]
    return next((name for name in names if name), "not declared")


def table() -> str:
    """Write the page."""
    return HEAD + "".join(f"| {package} | {declared(package)} |\n" for package in locked())


if __name__ == "__main__":
    FILE.write_text(table())
