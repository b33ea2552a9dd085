"""The names of the places at which `entry` can stop a process."""

WORKER_PLACES = (
    "before_claim",
    "claimed",
    "encoding",
    "solving",
    "audited",
    "solved",
    "writing",
    "written",
)
"""In the order in which a run comes by. All but the last are before the commit of the result."""
IN_THE_CHILD = frozenset({"encoding", "solving", "audited"})
PUBLISH_PLACES = ("publishing", "telling")
MAIL_PLACES = ("mail_taken", "mail_carried")
SIGN_UP_PLACES = ("sign_up_added", "sign_up_flushed", "sign_up_committed")
