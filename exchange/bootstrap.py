"""From a bare checkout to an environment in which the commands run.

Standard library only, and nothing else of this package: it runs before anything is installed.
Packages come from `requirements.lock` with their hashes checked; `.venv` is the only thing made.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

CHECKOUT = Path(__file__).resolve().parent.parent
LOCK = CHECKOUT / "requirements.lock"
VENV = CHECKOUT / ".venv"
STAMP = VENV / "exchange.json"
"""What was installed: the lock's hash and the extras. A `.venv` without it is somebody's own."""

RUNTIME = (
    "alembic argon2 babel click email_validator flask flask_wtf huey numba numpy ortools "
    "pydantic_settings rich scipy sqlalchemy sqlmodel structlog waitress wtforms"
)
EXTRAS = {
    "postgres": "psycopg",
    "dev": "coverage hypothesis mypy playwright psycopg pytest pytest_cov python_calamine ruff "
    "xdist xlsxwriter",
}
"""Modules by which an extra is recognised. Any other extra adds to an answer, never decides it."""

_RESTARTED = "EXCHANGE_BOOTSTRAPPED"
_CONFIGURATION = 4


def prepare(arguments: Sequence[str]) -> None:
    """Return when the dependencies are here; else install them and start again inside `.venv`."""
    restarted = os.environ.pop(_RESTARTED, "")
    extras = wanted_extras(arguments)
    missing = missing_modules(extras)
    if not missing and not (is_inside() and read_stamp() and not is_fresh(extras)):
        return
    if not LOCK.is_file():
        _give_up(f"Missing: {', '.join(missing)}. Install exchange with pip, with its extras.")
    if restarted:
        _give_up(f"{VENV} lacks {', '.join(missing)}; remove that folder and start again.")
    try:
        with _only_one():
            if not is_fresh(extras) and not _is_complete(venv_python(), extras):
                make_venv()
                install(extras | stamped_extras())
    except OSError as error:
        _give_up(f"Cannot write {VENV}: {error.strerror}.")
    os.environ[_RESTARTED] = "1"
    _start_again(arguments)


def wanted_extras(arguments: Sequence[str]) -> set[str]:
    """Return the extras that a command line needs."""
    command = next((word for word in arguments if not word.startswith("-")), "")
    if command == "test":
        return {"dev"}
    urls = (os.environ.get(f"EXCHANGE_{name}_URL", "") for name in ("DATABASE", "QUEUE"))
    return {"xlsx", "postgres"} if any(url.startswith("postgres") for url in urls) else {"xlsx"}


def missing_modules(extras: set[str]) -> list[str]:
    """Return the modules that this interpreter cannot find."""
    names = RUNTIME.split()
    for extra in sorted(extras):
        names += EXTRAS.get(extra, "").split()
    return [name for name in names if importlib.util.find_spec(name) is None]


def is_inside() -> bool:
    """Tell whether this interpreter is the checkout's own environment."""
    return Path(sys.prefix).resolve() == VENV.resolve()


def is_fresh(extras: set[str]) -> bool:
    """Tell whether `.venv` was made from this lock with at least these extras."""
    installed = stamped_extras()
    is_current = read_stamp().get("lock") == lock_hash()
    return is_current and ("dev" in installed or extras <= installed)


def stamped_extras() -> set[str]:
    """Return the extras that the last installation took."""
    extras = read_stamp().get("extras")
    return {str(extra) for extra in extras} if isinstance(extras, list) else set()


def read_stamp() -> dict[str, object]:
    """Return what the last installation wrote; empty when there was none."""
    try:
        found = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def lock_hash() -> str:
    """Return the SHA-256 of the lock file."""
    return hashlib.sha256(LOCK.read_bytes()).hexdigest() if LOCK.is_file() else ""


def venv_python() -> Path:
    """Return the interpreter of `.venv`, whether it is there or not."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_venv() -> None:
    """Make `.venv` with pip in it, by whichever way this machine has."""
    python = venv_python()
    if _runs([python, "-m", "pip", "--version"]):
        return
    _say(f"Making {VENV} for Python {sys.version_info[0]}.{sys.version_info[1]}.")
    if _make_full_venv():
        return
    # Debian cuts the module down: without `python3-venv` it makes environments without pip only.
    if _make_venv_by_pip():
        return
    installed = install_debian(["python3-venv"])
    if not (installed and _make_full_venv()):
        _give_up("This Python can make no virtual environment; install the package python3-venv.")


def _make_full_venv() -> bool:
    if importlib.util.find_spec("venv") is None:
        return False
    # In a process of its own: this one may have looked before the package was installed.
    return _runs([sys.executable, "-c", "import ensurepip"]) and _runs(
        [sys.executable, "-m", "venv", VENV]
    )


def _make_venv_by_pip() -> bool:
    return _runs([sys.executable, "-m", "venv", "--without-pip", VENV]) and _runs(
        [sys.executable, "-m", "pip", "--python", venv_python(), "install", "--quiet", "pip"]
    )


def install(extras: set[str]) -> None:
    """Install the packages of the lock into `.venv`, by uv where it can be had, else by pip."""
    python = venv_python()
    _say("Installing the packages of requirements.lock into .venv, once; about half a minute.")
    names = ",".join(sorted(extras))
    uv = ["-m", "uv", "pip", "install", "--quiet", "--python", python]
    locked = ["--constraints", LOCK, "--build-constraints", LOCK]
    if not (_install_uv() and _runs([python, *uv, "--editable", f"{CHECKOUT}[{names}]", *locked])):
        _say("uv could not be used: pip installs everything in the lock, the tests' tools as well.")
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "--require-hashes", "--requirement", LOCK])
        _run([*pip, "--no-deps", "--no-build-isolation", "--editable", CHECKOUT])
        extras = {"dev"}
    STAMP.write_text(json.dumps({"lock": lock_hash(), "extras": sorted(extras)}), encoding="utf-8")


def _install_uv() -> bool:
    """Install the uv that the lock names, and no other."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    start = next((number for number, line in enumerate(lines) if line.startswith("uv==")), None)
    if start is None:
        return False
    end = start
    while lines[end].endswith("\\"):
        end += 1
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / "uv.txt"
        alone.write_text("\n".join(lines[start : end + 1]) + "\n", encoding="utf-8")
        pip = [venv_python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        return _runs([*pip, "--require-hashes", "--requirement", alone])


def install_debian(packages: Sequence[str]) -> bool:
    """Install Debian packages, where this is Debian and we may; tell whether it worked."""
    if shutil.which("apt-get") is None or not hasattr(os, "geteuid"):
        return False
    prefix: list[str] = []
    if os.geteuid() != 0:
        prefix = ["sudo", "--non-interactive"]
        if shutil.which("sudo") is None or not _runs([*prefix, "true"]):
            return False
    _say(f"Installing Debian's {', '.join(packages)}.")
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    # An index that cannot be renewed may still name what is wanted.
    _runs([*apt, "update"])
    return _runs([*apt, "install", "--yes", "--no-install-recommends", *packages])


def _is_complete(python: Path, extras: set[str]) -> bool:
    """Tell whether somebody's own `.venv` has everything; ours is known by its stamp."""
    if read_stamp() or not python.exists():
        return False
    code = "import sys; from exchange import bootstrap as b; sys.exit(bool(b.missing_modules(%r)))"
    return _runs([python, "-c", code % extras])


@contextmanager
def _only_one() -> Iterator[None]:
    """Let a second command wait until the first one has finished installing."""
    VENV.mkdir(exist_ok=True)
    with (VENV / "exchange.lock").open("w") as file:
        if os.name == "posix":
            import fcntl  # Not on every system.

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start_again(arguments: Sequence[str]) -> NoReturn:
    command = [str(venv_python()), "-m", "exchange", *arguments]
    if os.name == "posix":
        os.execv(command[0], command)
    sys.exit(subprocess.call(command))


def _environment() -> dict[str, str]:
    """Return the environment as it is, with pip's settings repeated in uv's words."""
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    for pip, uv in (
        ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
        ("PIP_EXTRA_INDEX_URL", "UV_INDEX"),
        ("PIP_CERT", "SSL_CERT_FILE"),
    ):
        if env.get(pip):
            env.setdefault(uv, env[pip])
    return env


def _runs(command: Sequence[object]) -> bool:
    return _call(command).returncode == 0


def _run(command: Sequence[object]) -> None:
    done = _call(command)
    if done.returncode:
        last = (done.stdout.strip() or "no message").splitlines()[-1]
        _give_up(f"`{' '.join(map(str, command[1:5]))}` failed: {last}")


def _call(command: Sequence[object]) -> "subprocess.CompletedProcess[str]":
    words = [str(word) for word in command]
    try:
        return subprocess.run(
            words,
            cwd=CHECKOUT,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        return subprocess.CompletedProcess(words, 127, stdout=str(error))


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _give_up(sentence: str) -> NoReturn:
    _say(sentence)
    sys.exit(_CONFIGURATION)
