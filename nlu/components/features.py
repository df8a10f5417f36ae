"""Turn a message into numbers: TF-IDF of character n-grams inside words, and of word stems alone and in pairs."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Dict, Iterator, List, Tuple

import numpy as np
from numpy.typing import NDArray

from components.normalise import normalise, stem

Vector = Tuple[NDArray[np.int64], NDArray[np.float32]]


class Features:
    """The vocabulary and the weight of each term; the two kinds are scaled apart, so that neither drowns the other."""

    def __init__(self, min_ngram: int, max_ngram: int) -> None:
        self._sizes = range(min_ngram, max_ngram + 1)
        self.terms: List[str] = []
        self.idf: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self._column: Dict[str, int] = {}

    def fit(self, texts: List[str]):  # type: ignore[no-untyped-def]  # a scipy matrix, imported for training only
        """Learn the vocabulary of `texts` and return their matrix, one row each."""
        from scipy.sparse import csr_matrix

        seen_in = Counter(term for text in texts for term in set(self._all_terms(text)))
        terms = sorted(seen_in)
        idf = np.log((1 + len(texts)) / (1 + np.array([seen_in[term] for term in terms]))) + 1
        self.restore(terms, idf.astype(np.float32))
        rows = [self.vector(text) for text in texts]
        ends = np.cumsum([0] + [len(columns) for columns, _ in rows])
        return csr_matrix(
            (np.concatenate([v for _, v in rows]), np.concatenate([c for c, _ in rows]), ends),
            shape=(len(texts), len(terms)),
        )

    def restore(self, terms: List[str], idf: NDArray[np.float32]) -> None:
        self.terms = terms
        self.idf = idf
        self._column = {term: index for index, term in enumerate(terms)}

    def vector(self, text: str) -> Vector:
        """Return the columns of the known terms of `text` and their weights; both empty when none is known."""
        words = normalise(text).split()
        blocks = [self._block(self._ngrams(words)), self._block(self._stems(words))]
        return np.concatenate([b[0] for b in blocks]), np.concatenate([b[1] for b in blocks])

    def _block(self, terms: Iterator[str]) -> Vector:
        counts = Counter(self._column[term] for term in terms if term in self._column)
        columns = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
        times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        weights = (1 + np.log(times)) * self.idf[columns]
        length = float(np.linalg.norm(weights))
        return columns, weights / length if length else weights

    def _all_terms(self, text: str) -> Iterator[str]:
        words = normalise(text).split()
        yield from self._ngrams(words)
        yield from self._stems(words)

    def _ngrams(self, words: List[str]) -> Iterator[str]:
        for word in words:
            padded = f" {word} "
            for size in self._sizes:
                for start in range(len(padded) - size + 1):
                    yield padded[start : start + size]

    def _stems(self, words: List[str]) -> Iterator[str]:
        stems = [stem(word) for word in words]
        yield from (f"={one}" for one in stems)
        yield from (f"={one}={two}" for one, two in itertools.pairwise(stems))
