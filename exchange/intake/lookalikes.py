"""Names that look alike: so that staff hear when one person may have signed up twice.

The names themselves are kept as they were written; nobody is merged or turned away by what is
found here. Letters of different scripts that look the same count as one, in the manner of Unicode
Technical Standard 39, section 4, for the scripts in which it happens by a slip of the keyboard.
"""

import unicodedata

LONGEST = 200

_TWINS = str.maketrans(
    {
        # Cyrillic, by the look of the small letters or of the capitals.
        **dict(zip("авекмнорстухѕіјԁһԛԝү", "abekmhopctyxsijdhqwy", strict=True)),
        # Greek, likewise.
        **dict(zip("αβεζηικμνορτυχγ", "abezhikmnoptyxy", strict=True)),
        # Armenian, and Latin letters whose mark is part of the letter.
        **dict(zip("օսհոıłøđħŧʟ", "ouhnilodhtl", strict=True)),
        "0": "o",
        "1": "l",
    }
)


def skeleton(*names: str | None) -> str | None:
    """Return what is left of a name when only its look counts; None when nothing is.

    Case, marks, signs and the order of the words count for nothing.
    """
    plain = unicodedata.normalize("NFKD", " ".join(name for name in names if name)).casefold()
    letters = "".join(
        character if character.isalnum() else " "
        for character in unicodedata.normalize("NFKD", plain)
        if not unicodedata.combining(character) and character not in "'’ʼʻ´`"
    )
    return " ".join(sorted(letters.translate(_TWINS).split()))[:LONGEST].strip() or None
