"""A certificate in words: whom it is for, who signed it, and how long it holds. Verifies nothing."""

from wsinspect.events import TlsFacts

SHOWN_NAMES = 4
LONGEST_NAME = 80
DAY_S = 86_400.0


def names_words(names: tuple[str, ...], most: int = SHOWN_NAMES) -> str:
    """Return whom a certificate is for, the first few by name, the others counted."""
    shown = [name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME] + "…" for name in names[:most]]
    if len(names) > most:
        shown.append(f"{len(names) - most} more")
    return ", ".join(shown)


def validity_words(tls: TlsFacts, wall: float) -> str:
    """Return how long a certificate holds, seen from ``wall`` (seconds since the epoch); empty where nobody knows."""
    if tls.begins is not None and wall < tls.begins:
        return f"not valid before {_days(tls.begins - wall)} from now"
    if tls.expires is None:
        return ""
    left = tls.expires - wall
    return f"expires in {_days(left)}" if left >= 0 else f"expired {_days(-left)} ago"


def is_valid_at(tls: TlsFacts, wall: float) -> bool:
    """Tell whether a certificate holds at a time, as far as is known."""
    return (tls.begins is None or tls.begins <= wall) and (tls.expires is None or wall <= tls.expires)


def certificate_words(tls: TlsFacts, wall: float) -> str:
    """Return what an error tells: ``for a.example, b.example, signed by Some CA, expired 3 days ago``."""
    parts = [
        f"for {names_words(tls.names)}" if tls.names else "",
        f"signed by {tls.issuer}" if tls.issuer else "",
        validity_words(tls, wall),
    ]
    return ", ".join(filter(None, parts))


def _days(seconds: float) -> str:
    days = seconds / DAY_S
    if days >= 1:
        return f"{days:,.0f} day" + ("" if round(days) == 1 else "s")
    minutes = seconds / 60
    return f"{minutes / 60:.0f} h" if minutes >= 90 else f"{minutes:.0f} min"
