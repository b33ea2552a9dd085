"""The time zones that a form offers, by the names of the IANA database."""

from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from exchange.web.choice_fields import PickField, choices_of


class ZoneField(PickField):
    """One time zone, named by a place: those with names of before that scheme are left out."""

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the zones before what was typed is read; also one that stands there already."""
        given = kwargs.get("data", args[1] if len(args) > 1 else None)
        names = set(_zones()) | ({given} if isinstance(given, str) and given else set())
        self.choices = choices_of((name, name) for name in sorted(names))
        super().process(*args, **kwargs)


@lru_cache
def _zones() -> tuple[str, ...]:
    return tuple(
        name
        for name in available_timezones()
        if name == "UTC" or ("/" in name and not name.startswith("Etc/"))
    )
