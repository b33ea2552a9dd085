"""How a child process notices that its parent is gone, so that no orphan keeps working."""

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_LOOK_EVERY_S = 1.0


def die_with_parent(parent_pid: int, signum: signal.Signals = signal.SIGKILL) -> None:
    """Ask to receive `signum` when the parent ends; end now if it already has.

    Call it first thing in the child: the request is per process and is lost on the next fork.
    Linux keeps the promise itself, elsewhere a thread looks after it once a second.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
    else:
        threading.Thread(target=_look_out, args=(parent_pid, signum), daemon=True).start()
    # The parent may have died before the request was in place; then nobody would send it.
    if not parent_is_alive(parent_pid):
        os._exit(0)


def parent_is_alive(parent_pid: int) -> bool:
    """Say whether the process that started this one still is its parent."""
    return os.getppid() == parent_pid


def _look_out(parent_pid: int, signum: signal.Signals) -> None:
    while parent_is_alive(parent_pid):
        time.sleep(_LOOK_EVERY_S)
    os.kill(os.getpid(), signum)
