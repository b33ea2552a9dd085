"""Files that are there whole or not at all."""

from pathlib import Path

from exchange.errors import StorageError


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, readable by its owner only: it may hold names.

    Raises
    ------
    StorageError
        When it cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.touch(mode=0o600)
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise StorageError(
            f"{path.name} cannot be written ({error.strerror}); choose another place for it."
        ) from error
