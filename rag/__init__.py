"""Question in, cited answer out.

>>> from rag import ask
>>> print(ask("Who spoke at the concert?"))  # doctest: +SKIP
"""

from rag.answer import Trace
from rag.default import ask, default_knowledge_base
from rag.errors import (
    FAILURES,
    BusyError,
    ComposerError,
    DamagedError,
    KnowledgeBaseError,
    MismatchError,
    NotFoundError,
    QuestionError,
    RagError,
    ReaderError,
)
from rag.knowledge_base import KnowledgeBase, Status
from rag.settings import Settings
from rag.types import (
    Answer,
    Citation,
    Event,
    Evidence,
    Hit,
    Piece,
    Read,
    Reason,
    Retrieved,
    Scope,
    Sentence,
    Turn,
)

__all__ = [
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
]
