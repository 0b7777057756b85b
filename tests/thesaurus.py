"""A small WordNet for tests."""

from pathlib import Path

# word, kind, how often, offset of its synset
WORDS = [
    ("death_penalty", "noun", 3, 10),
    ("capital_punishment", "noun", 1, 10),
    ("death", "noun", 9, 20),
    ("punishment", "noun", 5, 30),
    ("envoy", "noun", 2, 40),
    ("diplomat", "noun", 2, 50),
    ("person", "noun", 90, 60),
    ("visitor", "noun", 4, 70),
    ("visit", "noun", 1, 80),
    ("visit", "verb", 7, 90),
    ("tour", "verb", 1, 90),
]
ABOVE = {10: 30, 40: 50, 70: 60}
PERSONS = 50  # kinds of person


def write_wordnet(folder: Path) -> None:
    """Files in WordNet's own format (wndb), licence lines and all."""
    numbers = {"noun": 1, "verb": 2, "adj": 3}
    counts = [f"{w}%{numbers[k]}:00:00:: 1 {n}" for w, k, n, _ in WORDS]
    (folder / "cntlist.rev").write_text("\n".join(counts) + "\n")
    for kind in numbers:
        own = [one for one in WORDS if one[1] == kind]
        index = [f"{w} {kind[0]} 1 1 @ 1 1 {at:08} " for w, _, _, at in own]
        (folder / f"index.{kind}").write_text("\n".join(["  1 licence", *index]) + "\n")
        synsets = []
        for at in sorted({one[3] for one in own}):
            words = [w for w, _, _, where in own if where == at]
            pointers = [f"@ {ABOVE[at]:08} n 0000"] if at in ABOVE else []
            pointers += ["~ 00000010 n 0000"] * (PERSONS if at == 60 else 0)
            said = " ".join(f"{word} 0" for word in words)
            synsets.append(
                f"{at:08} 00 {kind[0]} {len(words):02x} {said} {len(pointers):03} "
                f"{' '.join(pointers)} | gloss"
            )
        (folder / f"data.{kind}").write_text("\n".join(["  1 licence", *synsets]) + "\n")
    (folder / "data.adv").write_text("  1 licence\n")
