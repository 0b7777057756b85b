"""What the documents say: files in, passages out. Knows no vectors and no models."""

from corpus.corpus import Corpus, Skipped, read_folder
from corpus.errors import CorpusError
from corpus.fold import fold, one_alphabet, words
from corpus.load import check_folder
from corpus.sentences import sentences
from corpus.types import Document, Passage, Place, Span

__all__ = [
    "Corpus",
    "CorpusError",
    "Document",
    "Passage",
    "Place",
    "Skipped",
    "Span",
    "check_folder",
    "fold",
    "one_alphabet",
    "read_folder",
    "sentences",
    "words",
]
