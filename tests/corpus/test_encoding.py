import pytest

from corpus.encoding import decode

LATIN = "Le café coûte 5 €, à côté de l'hôtel. Ça va très bien."
CYRILLIC = "Привет, это проверка. Мэр города — Иван Петров."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [LATIN, CYRILLIC, "Plain text."])
def test_unicode(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (LATIN, "cp1252"),
        ("Plain with one “quote” and a naïve café.", "cp1252"),
        ("Die Straße ist für Fußgänger über 3 km lang gesperrt.", "cp1252"),
        (CYRILLIC, "cp1251"),
        ("Директор", "cp1251"),
        (CYRILLIC.replace("—", "-"), "koi8_r"),
        ("Łódź jest dużym miastem, gdzie żyje wielu ludzi.", "cp1250"),
        ("東京は日本の首都です。人口は約千四百万人です。", "shift_jis"),
    ],
)
def test_older_encodings(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_line_ends_and_control_characters() -> None:
    assert decode(b"one\r\ntwo\rthree\x07\n") == "one\ntwo\nthree\n"
