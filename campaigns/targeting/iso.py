"""ISO codes of countries, regions and languages: their names, and the code somebody meant.

pycountry carries Debian's iso-codes; it is asked when a rule is saved or described, never per
request.
"""

from functools import lru_cache

import pycountry

# Codes that people and ad systems write although ISO 3166-1 says otherwise.
_MISWRITTEN_COUNTRIES = {"UK": "GB", "EL": "GR", "SU": "RU", "YU": "RS"}
# User-assigned in ISO 3166-1, yet what every geo database and edge reports for Kosovo.
_USER_ASSIGNED_COUNTRIES = {"XK": "Kosovo"}
_MISWRITTEN_LANGUAGES = {"jp": "ja", "cn": "zh", "kr": "ko", "cz": "cs", "dk": "da", "gr": "el"}


# Compiling the snapshot asks for the same few codes for every line item.
_remembered = lru_cache(maxsize=8_192)


@_remembered
def country_name(code: str) -> str | None:
    """The usual English name of an upper-case ISO 3166-1 alpha-2 code; None when there is none."""
    country = pycountry.countries.get(alpha_2=code)
    if country is None:
        return _USER_ASSIGNED_COUNTRIES.get(code)
    return str(getattr(country, "common_name", country.name))


@_remembered
def region_name(code: str) -> str | None:
    """The name of an upper-case ISO 3166-2 code such as CA-ON; None when there is none."""
    region = pycountry.subdivisions.get(code=code)  # type: ignore[no-untyped-call]
    return None if region is None else str(region.name)


@_remembered
def language_name(primary: str) -> str | None:
    """The English name of a lower-case ISO 639 code of two or three letters; None without one."""
    width = "alpha_2" if len(primary) == len("fr") else "alpha_3"
    language = pycountry.languages.get(**{width: primary})
    return None if language is None else str(language.name)


def country_meant(text: str) -> str | None:
    """The code of the country that was named some other way: UK, CAN, Canada."""
    if text.upper() in _MISWRITTEN_COUNTRIES:
        return _MISWRITTEN_COUNTRIES[text.upper()]
    try:
        return str(pycountry.countries.lookup(text).alpha_2)
    except LookupError:
        return None


def region_meant(text: str) -> str | None:
    """The code of the region that was named some other way: Ontario, UK-ENG."""
    country, dash, rest = text.upper().partition("-")
    corrected = f"{country_meant(country) or country}{dash}{rest}"
    if dash and region_name(corrected):
        return corrected
    try:
        return str(pycountry.subdivisions.lookup(text).code)
    except LookupError:
        return None


def language_meant(text: str) -> str | None:
    """The code of the language that was named some other way: French, fra, jp."""
    primary = text.lower().replace("_", "-").partition("-")[0]
    if primary in _MISWRITTEN_LANGUAGES:
        return _MISWRITTEN_LANGUAGES[primary]
    try:
        language = pycountry.languages.lookup(text)
    except LookupError:
        return None
    return str(getattr(language, "alpha_2", language.alpha_3))
