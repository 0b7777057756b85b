"""The knowledge base that is used when none is named: it lies in the user's cache folder."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import corpus
from rag.errors import NotFoundError
from rag.knowledge_base import KnowledgeBase
from rag.settings import Settings
from rag.types import Answer, Scope, Turn


def default_root() -> Path:
    """Returns the folder of the default knowledge base, in the user's cache."""
    from platformdirs import user_cache_path

    return user_cache_path("rag", appauthor=False) / "default"


def default_documents() -> Path:
    """Returns the folder of the documents that come with the program."""
    return Path(corpus.__file__).parent / "documents"


def default_knowledge_base(settings: Settings | None = None) -> KnowledgeBase:
    """Returns the knowledge base in the cache; on first use it is built from those documents.

    Args:
        settings: How to ask it.

    Raises:
        KnowledgeBaseError: It was made by another version, or is damaged.
    """
    return _opened(default_root(), settings or Settings())


@lru_cache(maxsize=1)
def _opened(root: Path, settings: Settings) -> KnowledgeBase:
    try:
        return KnowledgeBase.open(root, settings)
    except NotFoundError:
        knowledge_base = KnowledgeBase(root, settings)
        knowledge_base.sync(default_documents(), progress=True)
        return knowledge_base


def ask(
    question: str,
    knowledge_base: KnowledgeBase | Path | str | None = None,
    history: Sequence[Turn] = (),
    *,
    composer: str | None = None,
    scope: Scope | None = None,
) -> Answer:
    """Answers a question from the documents, or refuses.

    Args:
        question: In words.
        knowledge_base: An open one, or the folder of one; by default the one over the documents
            that come with the program.
        history: What was asked before, for questions such as "And when was it founded?".
        composer: Who writes the answer, if not the one of the knowledge base's settings.
        scope: The part of the documents that is searched; by default all.

    Raises:
        QuestionError: The question is empty, too long or holds no word.
        ComposerError: There is no composer of that name.
        KnowledgeBaseError: The knowledge base cannot be used.
    """
    if knowledge_base is None:
        knowledge_base = default_knowledge_base()
    elif not isinstance(knowledge_base, KnowledgeBase):
        knowledge_base = KnowledgeBase.open(knowledge_base)
    return knowledge_base.ask(question, history, composer=composer, scope=scope)
