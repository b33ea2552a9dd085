"""A progress bar on a terminal, for work that takes longer than a second."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

_SILENT_S = 1.0
_STAGES = {"coverage": "Placing", "diversity": "Mixing nations", "fit": "Fitting"}


class ProgressBar:
    """Shows stages, how far each is, and the proven gap."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.description:16}"),
            BarColumn(),
            TextColumn("{task.fields[gap]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("", total=1.0, gap="")
        self._started = time.monotonic()
        self._is_shown = False

    def __enter__(self) -> Self:
        """Wait with showing anything."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        if self._is_shown:
            self._bar.stop()

    def report(self, stage: str, fraction: float, gap: float | None) -> None:
        """Show how far the solver is."""
        if not self._is_shown:
            if time.monotonic() - self._started < _SILENT_S:
                return
            self._bar.start()
            self._is_shown = True
        shown = "" if gap is None else f"gap {100 * gap:.2f} %"
        self._bar.update(
            self._task, description=_STAGES.get(stage, stage), completed=fraction, gap=shown
        )

    def is_cancelled(self) -> bool:
        """Ctrl-C is the terminal's way to cancel."""
        return False
