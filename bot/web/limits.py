"""How often something may happen, counted in memory: a restart forgets, and that harms nobody."""

import ipaddress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cachetools import FIFOCache

KEYS_REMEMBERED = 20_000


@dataclass(frozen=True)
class Limit:
    """At most `most` times for one key in each `window` of the clock."""

    most: int
    window: timedelta
    _counts: FIFOCache[tuple[str, int], int] = field(default_factory=lambda: FIFOCache(KEYS_REMEMBERED), repr=False)

    def count(self, key: str, now: datetime) -> None:
        """Note that it happened once more."""
        self._counts[self._of(key, now)] = self._counts.get(self._of(key, now), 0) + 1

    def is_over(self, key: str, now: datetime) -> bool:
        """Return whether it happened as often as it may."""
        return self._counts.get(self._of(key, now), 0) >= self.most

    def _of(self, key: str, now: datetime) -> tuple[str, int]:
        return key, int(now.timestamp() // self.window.total_seconds())


def household(address: str) -> str:
    """Return what counts as one visitor: an IPv4 address, or the 64 bits that one IPv6 subscriber has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
