"""What can go wrong in `rag`.

    RagError
    ├── QuestionError          the question cannot be asked
    ├── KnowledgeBaseError     the knowledge base cannot be used
    │   ├── NotFoundError      there is none in that folder
    │   ├── MismatchError      it was made by another encoder, chunking or version
    │   └── DamagedError       a file of it is missing or altered
    ├── BusyError              another process is writing it
    ├── ReaderError            the model that reads cannot be loaded
    ├── ComposerError          the model that composes is missing, unreachable or broke off
    └── (GoldError)            a file of an evaluation cannot be used: in `eval`

Every message says what happened, to which input, and what to do. `FAILURES` adds the errors of
the rooms below, for callers that report any of them alike.
"""

from corpus import CorpusError
from embeddings import EmbeddingsError


class RagError(Exception):
    """Base of the errors of `rag`."""


class QuestionError(RagError):
    """The question cannot be asked."""


class KnowledgeBaseError(RagError):
    """The knowledge base cannot be used."""


class NotFoundError(KnowledgeBaseError):
    """There is no knowledge base in the folder."""


class MismatchError(KnowledgeBaseError):
    """The knowledge base was made by another encoder, chunking or version."""


class DamagedError(KnowledgeBaseError):
    """A file of the knowledge base is missing or altered."""


class BusyError(RagError):
    """Another process is writing the knowledge base."""


class ReaderError(RagError):
    """The model that reads cannot be loaded."""


class ComposerError(RagError):
    """The model that composes is missing, cannot be reached or broke off."""


FAILURES = (RagError, CorpusError, EmbeddingsError)
