"""Settings of an installation: environment variables `EXCHANGE_…`, a `.env` file, or defaults.

Nothing here touches the disk but `seeds_dir`, `migrations_dir` and `secret_key`.
"""

import contextlib
import os
import secrets
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from exchange.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parent


class Settings(BaseSettings):
    """Typed settings; every field can be set as `EXCHANGE_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="EXCHANGE_", env_file=".env", extra="ignore")

    instance_dir: Path = Path("instance")
    database_url: str = ""
    """Empty: SQLite in `instance_dir`. PostgreSQL is written `postgresql+psycopg://…`."""
    queue_url: str = ""
    """Empty: the queue has its own SQLite file. PostgreSQL is written `postgresql://…`."""
    base_url: str = "http://127.0.0.1:8000"
    """Links in mails start with this, never with what a request claims."""
    secure_cookies: bool = False
    """True wherever the site is reached over https; then the cookie is named `__Host-…`."""
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    """How many proxies in front may be believed about the client's address."""
    secret: SecretStr = SecretStr("")
    """Empty: a key file in `instance_dir`, made at first use."""
    smtp_url: str = ""
    """Empty: mails are written as `.eml` files into `instance_dir/mail`."""
    demo: bool = False
    """True for the demonstration: its staff may read the mails that it wrote into files."""
    mail_from: str = "exchange@localhost"
    solve_time_limit_s: float = Field(default=600.0, gt=0)
    solve_memory_limit_mb: int = Field(default=4096, ge=256)
    worker_count: int = Field(default=1, ge=1, le=32)
    run_lease_s: float = Field(default=10.0, gt=0)
    """How long a run may be silent before another worker may take it over."""
    upkeep_every_s: float = Field(default=5.0, gt=0)
    """How often a worker looks for abandoned runs and for mails that are due."""
    log_level: str = "INFO"

    @property
    def resolved_database_url(self) -> str:
        """The SQLAlchemy URL in force."""
        if self.database_url:
            return self.database_url
        return f"sqlite:///{(self.instance_dir / 'exchange.sqlite').resolve()}"

    @property
    def secret_key(self) -> str:
        """The installation's key (hexadecimal, 256 bit); made once, readable by its owner only.

        Raises
        ------
        ConfigurationError
            When the key file exists but cannot be used.
        """
        if self.secret.get_secret_value():
            return self.secret.get_secret_value()
        path = self.instance_dir / "secret_key"
        self.instance_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make_key(path)
        key = path.read_text(encoding="ascii").strip()
        if len(key) < 64:
            raise ConfigurationError(
                "The key file of this installation is damaged; restore it from a backup."
            )
        return key


def _make_key(path: Path) -> None:
    """Make a key in one step: whoever starts at the same moment reads all of it or makes none."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()


def seeds_dir() -> Path:
    """Return the folder of seeds: of the checkout, or the copy that the wheel carries."""
    return _data_dir("seeds")


def migrations_dir() -> Path:
    """Return the folder of migrations: of the checkout, or the copy that the wheel carries."""
    return _data_dir("migrations")


def _data_dir(name: str) -> Path:
    carried = _PACKAGE / "_data" / name
    return carried if carried.is_dir() else _PACKAGE.parent / name
