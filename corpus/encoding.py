"""Bytes to text, whatever the encoding."""

import re

from corpus.errors import CorpusError

# Tried in this order where a file fits several equally well; single bytes carry no sign.
_LEGACY = ("cp1252", "cp1251", "cp1250", "koi8_r", "gb18030", "shift_jis", "big5", "euc_kr")
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LINE_ENDS = re.compile(r"\r\n?|\u2028|\u2029|\x85")


def decode(raw: bytes) -> str:
    """Returns the text of a file in whatever encoding it is, with line feeds as line ends.

    Raises:
        CorpusError: The bytes are not text.
    """
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            return _clean(raw.decode(encoding, "replace"))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = _decode_legacy(raw)
    if "\0" in text:
        text = _decode_wide(raw)
    return _clean(text)


def _decode_legacy(raw: bytes) -> str:
    from charset_normalizer import from_bytes

    if b"\0" in raw:
        return _decode_wide(raw)
    matches = from_bytes(raw, cp_isolation=list(_LEGACY))
    if not matches:
        raise CorpusError("it is not text, or in an unknown encoding: save it as UTF-8")
    best = min(matches, key=lambda m: (round(m.chaos, 2), -m.coherence, _LEGACY.index(m.encoding)))
    return str(best)


def _decode_wide(raw: bytes) -> str:
    """Reads UTF-16 without a mark: of two letters' bytes, the zero tells which comes first."""
    encoding = "utf-16-le" if raw[1::2].count(0) > raw[::2].count(0) else "utf-16-be"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if _CONTROL.search(text):
        raise CorpusError("it is not text")
    return text


def _clean(text: str) -> str:
    return _CONTROL.sub("", _LINE_ENDS.sub("\n", text))
