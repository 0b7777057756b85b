import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import sentences

PIECES = st.sampled_from(
    [
        "The",
        "talks",
        ".",
        "!",
        "?",
        "…",
        " ",
        "\n",
        "\n\n",
        "“",
        "”",
        '"',
        "«",
        "»",
        "Mr.",
        "3.5",
        "K.K.",
        "Ünal",
        "東京",
        "。",
        "Он",
        "-",
        "http://a.b/C.Def",
        "\t",
        "(",
        ")",
        "x" * 70,
    ]
)


def split(text: str) -> list[str]:
    return [text[s.start : s.end] for s in sentences(text)]


@given(st.text() | st.lists(PIECES, max_size=60).map("".join))
def test_sentences_hold_everything_in_order(text: str) -> None:
    spans = sentences(text)
    position = 0
    for span in spans:
        assert position <= span.start < span.end
        assert not text[position : span.start].strip()
        assert text[span.start : span.end] == text[span.start : span.end].strip()
        position = span.end
    assert not text[position:].strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It was considered.The Ambassador left.", ["It was considered.", "The Ambassador left."]),
        ("Opus 20.The hall was full.", ["Opus 20.", "The hall was full."]),
        ("He met Mr.Valikhan B. Jones there.", ["He met Mr.Valikhan B. Jones there."]),
        ("K.K.Tokayev spoke. M.Popșoi came.", ["K.K.Tokayev spoke.", "M.Popșoi came."]),
        ("Trade was 193.5 mln USD. It grew.", ["Trade was 193.5 mln USD.", "It grew."]),
        ("See https://a.org/x.Html now. Yes.", ["See https://a.org/x.Html now.", "Yes."]),
        ("Он приехал.Встреча прошла.", ["Он приехал.", "Встреча прошла."]),
        ("東京は首都です。人口は多い。", ["東京は首都です。", "人口は多い。"]),
        ("A title\nA body. Two.", ["A title", "A body.", "Two."]),
    ],
)
def test_boundaries(text: str, expected: list[str]) -> None:
    assert split(text) == expected


def test_a_long_speech_is_split_and_its_marks_stay_with_their_words() -> None:
    one, two = "“First " + "word " * 40 + "ends.", "Second " + "word " * 40 + "ends,” she said."
    assert split(f"{one} {two} Then she left.") == [one, two, "Then she left."]


def test_lines_broken_by_an_editor_are_one_paragraph() -> None:
    text = (
        "The committee met on Tuesday and agreed, after a long debate, that\n"
        "the bridge should be repaired before winter, whatever the cost may\n"
        "be. The vote was close.\n"
    )
    assert [s.replace("\n", " ") for s in split(text)] == [
        "The committee met on Tuesday and agreed, after a long debate, that the bridge should be "
        "repaired before winter, whatever the cost may be.",
        "The vote was close.",
    ]
