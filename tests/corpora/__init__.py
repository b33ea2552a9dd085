"""Names, addresses and e-mail addresses of many cultures, of people who do not exist."""

from pathlib import Path

FOLDER = Path(__file__).parent


def lines_of(name: str) -> list[str]:
    """Return the lines of a corpus, without its heading."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("# ")]
