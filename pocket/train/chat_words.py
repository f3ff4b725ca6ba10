"""Words of WordNet that people are counted to write: synonyms, and those that no answer is about."""

import functools
import re

import wordnet
from chat_text import blocks

WORD = re.compile(r"[a-z]+")


class Words:
    """synonyms: {word: others}; strange: {part of speech: words}; proper: names of places and people."""

    def __init__(self):
        text = " ".join(line for file in ("qa.txt", "facts.txt", "concepts.txt") for block in blocks(file) for line in block)
        known = set(WORD.findall(text.lower()))
        synsets, senses = wordnet.load()
        self.synonyms, self.strange, self.proper = {}, {kind: [] for kind in wordnet.KINDS.values()}, []
        best = {}
        for (lemma, kind), n in wordnet.counts().items():
            best[lemma] = max(best.get(lemma, (0, "")), (n, kind))
        for lemma, (n, kind) in sorted(best.items()):
            ids = [s for s in senses.get(lemma, ()) if s[0] == kind]
            if n < 2 or not ids or not WORD.fullmatch(lemma) or len(lemma) < 3:
                continue
            others = [w for w in synsets[ids[0]].words if w != lemma and WORD.fullmatch(w) and len(w) > 2]
            if others:
                self.synonyms[lemma] = others
            if lemma not in known and not (lemma.endswith("s") and lemma[:-1] in known):
                self.strange[kind].append(lemma)
        for s in synsets.values():
            if s.kind == "n" and s.file in (15, 18) and s.words[0][0].isupper():  # places and people
                if not known & set(WORD.findall(" ".join(s.words).lower())):
                    self.proper.append(s.words[0])


@functools.cache
def words():
    """The only Words, read when it is first needed."""
    return Words()
