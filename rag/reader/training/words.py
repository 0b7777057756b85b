"""What stands in the slots of a template: invented names, and figures in the forms they have."""

import random
from collections.abc import Callable, Mapping
from pathlib import Path


def _words() -> dict[str, list[str]]:
    """Reads `words.txt`: kind and colon, then words by " | "; indented lines go on."""
    text = (Path(__file__).parent / "words.txt").read_text("utf-8").replace("\n  ", " ")
    rows = (line.partition(": ") for line in text.splitlines())
    return {kind: words.split(" | ") for kind, _, words in rows}


WORDS = _words()


def _date(rng: random.Random) -> str:
    day, month, year = rng.randint(1, 28), rng.choice(WORDS["month"]), rng.randint(1998, 2031)
    number = WORDS["month"].index(month) + 1
    forms = (
        f"{day} {month} {year}",
        f"{month} {day}, {year}",
        f"{day} {month}",
        f"{month} {day}",
        f"{day:02}.{number:02}.{year}",
    )
    return rng.choice(forms)


def _money(rng: random.Random) -> str:
    currency, whole, tenth = rng.choice(WORDS["currency"]), rng.randint(2, 980), rng.randint(1, 9)
    forms = (
        f"{whole} million {currency}",
        f"{whole % 20 + 1}.{tenth} billion {currency}",
        f"€{whole} million",
        f"${whole % 30 + 1}.{tenth} bn",
        f"{whole},{tenth}00 {currency}",
        f"{whole * 1000 + tenth * 100:,} {currency}",
        f"{whole} thousand {currency}",
    )
    return rng.choice(forms)


def _percent(rng: random.Random) -> str:
    whole, tenth = rng.randint(2, 93), rng.randint(1, 9)
    forms = (f"{whole} per cent", f"{whole}.{tenth} per cent", f"{whole}%", f"{whole} percent")
    return rng.choice(forms)


def _company(rng: random.Random) -> str:
    brand = rng.choice(WORDS["brand"])
    return brand if rng.random() < 0.1 else f"{brand} {rng.choice(WORDS['firm'])}"


def _university(rng: random.Random) -> str:
    city = rng.choice(WORDS["city"])
    return rng.choice(
        (f"the University of {city}", f"{city} State University", f"{city} Polytechnic")
    )


def _email(rng: random.Random) -> str:
    brand = rng.choice(WORDS["brand"]).split()[0].lower()
    return f"{rng.choice(('office', 'info', 'desk'))}@{brand}.example"


MADE: Mapping[str, Callable[[random.Random], str]] = {
    "person": lambda rng: f"{rng.choice(WORDS['first'])} {rng.choice(WORDS['last'])}",
    "company": _company,
    "university": _university,
    "airport": lambda rng: f"{rng.choice(WORDS['city'])} {rng.choice(('Airport', 'South'))}",
    "date": _date,
    "money": _money,
    "percent": _percent,
    "year": lambda rng: str(rng.randint(1985, 2025)),
    "time": lambda rng: f"{rng.randint(6, 21)}:{rng.choice(('00', '15', '30', '45'))}",
    "phone": lambda rng: f"{rng.randint(20, 99)} {rng.randint(100, 999)} {rng.randint(1000, 9999)}",
    "email": _email,
}
