"""A place where somebody can be helped: a Mission Locale, a Habitat Jeunes residence, an ADEPAPE, a département."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from bot.spots import Spot


class Kind(StrEnum):
    """Who helps with what."""

    MISSION_LOCALE = "mission_locale"  # work, training, money, papers, health: 16 to 25
    HABITAT_JEUNES = "habitat_jeunes"  # housing: 16 to 30
    ADEPAPE = "adepape"  # those who were in care themselves, of any age
    DEPARTEMENT = "departement"  # the one that had them in care: droit au retour, before 21


@dataclass(frozen=True)
class Structure:
    """One place, as a list tells it. What is not known is "" or None; a phone is in the international form."""

    id: str
    kind: Kind
    name: str
    departement: str
    source: str
    source_date: str  # ISO 8601, as precise as the source: 2019-09
    organisation: str = ""  # the code of the Mission Locale that a site belongs to
    is_seat: bool = True
    address: str = ""
    postcode: str = ""
    town: str = ""
    insee: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    booking_url: str = ""
    lat: float | None = None  # degrees, WGS 84
    lon: float | None = None
    remark: str = ""

    @property
    def spot(self) -> Spot | None:
        """Where it is, None when no list tells."""
        return None if self.lat is None or self.lon is None else Spot(self.lat, self.lon)

    @property
    def has_contact(self) -> bool:
        """Whether a young person can reach it by what is known of it; an e-mail address is only for information."""
        return bool(self.phone or self.website or self.booking_url)

    @property
    def code(self) -> str:
        """What a button says of it: a payload has room for 64 bytes."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:8]
