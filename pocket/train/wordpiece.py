"""BERT's uncased WordPiece tokenizer (https://github.com/google-research/bert, tokenization.py) and a trainer for it."""

import collections
import heapq
import re
import string
import unicodedata

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ASCII = re.compile(r"[a-z0-9]+|[^a-z0-9\s]")


def words(text):
    """Lower-case words without accents; every punctuation mark is a word."""
    text = text.lower()
    if text.isascii():
        return ASCII.findall(text)
    spaced = []
    for c in unicodedata.normalize("NFD", text):
        kind = unicodedata.category(c)
        if c.isspace():
            spaced.append(" ")
        elif kind[0] == "P" or c in string.punctuation or "\u4e00" <= c <= "\u9fff":
            spaced += " ", c, " "
        elif kind != "Mn" and kind[0] != "C":
            spaced.append(c)
    return "".join(spaced).split()


class Tokenizer:
    """pieces: the text of every id; "##" marks those that go on inside a word."""

    def __init__(self, pieces):
        self.pieces = pieces
        self.ids = {p: i for i, p in enumerate(pieces)}
        self.known = {}

    def encode(self, text, limit=512):
        """At most limit token ids, between [CLS] and [SEP]."""
        out = [self.ids["[CLS]"]]
        for word in words(text):
            ids = self.known.get(word)
            if ids is None:
                ids = self.known[word] = self.cut(word)
            out += ids
        return out[: limit - 1] + [self.ids["[SEP]"]]

    def cut(self, word):
        """The longest piece first, again and again; one [UNK] if something is left over."""
        out, at = [], 0
        while at < len(word):
            for end in range(len(word), at, -1):
                piece = self.ids.get(("##" if at else "") + word[at:end])
                if piece is not None:
                    break
            else:
                return [self.ids["[UNK]"]]
            out.append(piece)
            at = end
        return out


def train(counts, size):
    """A vocabulary of size pieces from {word: count}: every character, then the likeliest pairs joined, as in BPE."""
    alphabet = list(string.ascii_lowercase + string.digits)
    pieces = SPECIAL + list(string.punctuation) + alphabet + ["##" + c for c in alphabet]
    pieces += [c for c, n in collections.Counter(c for w in counts for c in w).items() if n >= 20 and c not in pieces]
    texts = [([w[0], *("##" + c for c in w[1:])], n) for w, n in counts.items() if 1 < len(w) <= 24]
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for i, (parts, n) in enumerate(texts):
        for pair in zip(parts, parts[1:]):
            pairs[pair] += n
            where[pair].add(i)
    taken = set(pieces)
    heap = [(-n, pair) for pair, n in pairs.items()]
    heapq.heapify(heap)
    while len(pieces) < size:
        n, pair = heapq.heappop(heap)
        if -n != pairs[pair]:
            continue
        joined = pair[0] + pair[1][2:]
        if joined not in taken:
            pieces.append(joined)
            taken.add(joined)
        changed = set()
        for i in where.pop(pair):
            parts, n = texts[i]
            for old in zip(parts, parts[1:]):
                pairs[old] -= n
                changed.add(old)
            at = 0
            while at < len(parts) - 1:
                if (parts[at], parts[at + 1]) == pair:
                    parts[at : at + 2] = [joined]
                at += 1
            for new in zip(parts, parts[1:]):
                pairs[new] += n
                where[new].add(i)
                changed.add(new)
        for p in changed:
            if pairs[p] > 0:
                heapq.heappush(heap, (-pairs[p], p))
    return pieces
