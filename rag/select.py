"""Selecting: which of the sentences that were read are worth showing."""

from collections.abc import Sequence

from rag.lexical import terms
from rag.odds import log_odds
from rag.question import last, wants_several
from rag.types import Evidence

_CLOSE = 1.2  # log odds that a further sentence may be less sure than the best
_REPEATED = 0.8  # share of a sentence's terms from which it says nothing new


def select(
    readings: Sequence[Sequence[Evidence]], refuse_below: float, most: int
) -> list[Evidence]:
    """Returns the evidence to show, in reading order: what is about as sure as the best.

    Where several things are asked for, each further document that would answer has its first say.

    Args:
        readings: For each part of the question its evidence, best first.
        refuse_below: Confidence, 0 to 1, under which a part is left without an answer.
        most: Sentences at most.
    """
    chosen: list[Evidence] = []
    for evidence in sorted(readings, key=lambda read: -read[0].score if read else 0):
        several = bool(evidence) and wants_several(last(evidence[0].question))
        for candidate in evidence:
            if candidate.score < refuse_below or len(chosen) == most:
                break
            behind = log_odds(evidence[0].score) - log_odds(candidate.score)
            known = {e.passage.document_id for e in chosen}
            further = several and candidate.passage.document_id not in known
            if (behind <= _CLOSE or further) and not _repeats(candidate, chosen):
                chosen.append(candidate)
    return _in_reading_order(chosen)


def _repeats(candidate: Evidence, chosen: Sequence[Evidence]) -> bool:
    own = set(terms(candidate.text))
    return any(len(own & set(terms(other.text))) >= _REPEATED * len(own) for other in chosen)


def _in_reading_order(chosen: Sequence[Evidence]) -> list[Evidence]:
    """Documents by their best sentence; within a document as they stand."""
    documents = list(dict.fromkeys(e.passage.document_id for e in chosen))
    return sorted(chosen, key=lambda e: (documents.index(e.passage.document_id), e.span))
