from hypothesis import given
from hypothesis import strategies as st

from corpus import Document, Passage, Place, sentences
from corpus.passages import cut, passages, token_count

WORDS = st.lists(
    st.sampled_from(["alpha", "be", "Gamma.", "x" * 300, "東京", "\n", "7."]), max_size=80
)


def made(text: str, size: int) -> list[Passage]:
    place = Place("a.txt", "line 1")
    return passages(Document("id", "Title", text, (place,), cuts=tuple(cut(text, size))))


@given(st.text() | WORDS.map(" ".join), st.integers(5, 60))
def test_passages_are_exact_and_hold_everything(text: str, size: int) -> None:
    position = 0
    for passage in made(text, size):
        assert text[passage.start : passage.end] == passage.text
        assert not text[position : passage.start].strip()
        assert passage.title == "Title"
        position = passage.end
    assert not text[position:].strip()


@given(WORDS.map(" ".join), st.integers(40, 60))
def test_no_passage_is_longer_than_its_size(text: str, size: int) -> None:
    assert all(token_count(passage.text) <= size for passage in made(text, size))


def test_passages_are_whole_sentences_of_even_length() -> None:
    text = " ".join(f"Sentence number {i} says a few more words." for i in range(40))
    ends = {span.end for span in sentences(text)}
    found = made(text, 100)
    assert all(passage.end in ends for passage in found)
    sizes = [token_count(passage.text) for passage in found]
    assert max(sizes) - min(sizes) <= token_count("Sentence number 1 says a few more words.")


def test_ids_follow_the_content() -> None:
    text = "One sentence stands here. "
    (short,) = made(text, 20)
    longer = made(text * 4, 6)
    assert {passage.id for passage in longer} == {short.id}
    assert made("Another sentence stands here.", 20)[0].id != short.id
