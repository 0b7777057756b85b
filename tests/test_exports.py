import pytest

import corpus
import embeddings
import rag


@pytest.mark.parametrize("package", [corpus, embeddings, rag])
def test_all_names_what_is_there(package: object) -> None:
    names = getattr(package, "__all__")  # noqa: B009  # a module has any attribute
    assert sorted(names) == sorted(set(names))
    assert all(hasattr(package, name) for name in names)


def test_public_names_of_rag() -> None:
    assert set(rag.__all__) == {
        "FAILURES",
        "Answer",
        "BusyError",
        "Citation",
        "ComposerError",
        "DamagedError",
        "Event",
        "Evidence",
        "Hit",
        "KnowledgeBase",
        "KnowledgeBaseError",
        "MismatchError",
        "NotFoundError",
        "Piece",
        "QuestionError",
        "RagError",
        "Read",
        "ReaderError",
        "Reason",
        "Retrieved",
        "Scope",
        "Sentence",
        "Settings",
        "Status",
        "Trace",
        "Turn",
        "ask",
        "default_knowledge_base",
    }
