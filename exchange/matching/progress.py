"""How a solve tells where it is, and how it learns that it should stop."""

import time
from typing import Protocol


class Progress(Protocol):
    """What a caller may hand to `solve`. Both methods must be quick and must not raise."""

    def report(self, stage: str, fraction: float, gap: float | None) -> None:
        """Take note: `stage` is coverage, diversity or fit; `fraction` of it lies in [0, 1]."""

    def is_cancelled(self) -> bool:
        """Say whether the search should stop and return its best answer so far."""


class Silent:
    """The default: listens to nothing and never cancels."""

    def report(self, stage: str, fraction: float, gap: float | None) -> None:
        """Ignore the report."""

    def is_cancelled(self) -> bool:
        """Never cancel."""
        return False


class Watch:
    """A `Progress` together with a time limit: one question answers both.

    Without a time limit the clock is never asked, so that it cannot influence an answer.
    """

    def __init__(self, progress: Progress | None, time_limit_s: float | None) -> None:
        self._progress: Progress = progress if progress is not None else Silent()
        self._started = time.monotonic()
        self._limit_s = time_limit_s
        self.cancelled = False
        self.timed_out = False

    @property
    def seconds(self) -> float:
        """Time since the start."""
        return time.monotonic() - self._started

    @property
    def remaining_s(self) -> float | None:
        """Time left, or None without a limit."""
        return None if self._limit_s is None else max(0.0, self._limit_s - self.seconds)

    def report(self, stage: str, fraction: float, gap: float | None = None) -> None:
        """Pass a report on."""
        self._progress.report(stage, min(1.0, max(0.0, fraction)), gap)

    def should_stop(self) -> bool:
        """Say whether to return the best answer so far; once true, it stays true."""
        if not self.cancelled and self._progress.is_cancelled():
            self.cancelled = True
        if self._limit_s is not None and self.seconds >= self._limit_s:
            self.timed_out = True
        return self.cancelled or self.timed_out
