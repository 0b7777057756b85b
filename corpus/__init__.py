"""What the documents say: files in, passages out. Knows no vectors and no models."""

from corpus.corpus import Corpus, File, read_files, read_folder
from corpus.duplicates import merged
from corpus.errors import CorpusError
from corpus.files import Skipped, check_folder, printable
from corpus.fold import fold, one_alphabet, words
from corpus.limits import Limits
from corpus.passages import cut
from corpus.sentences import sentences
from corpus.types import Document, Passage, Place, Span

__all__ = [
    "Corpus",
    "CorpusError",
    "Document",
    "File",
    "Limits",
    "Passage",
    "Place",
    "Skipped",
    "Span",
    "check_folder",
    "cut",
    "fold",
    "merged",
    "one_alphabet",
    "printable",
    "read_files",
    "read_folder",
    "sentences",
    "words",
]
