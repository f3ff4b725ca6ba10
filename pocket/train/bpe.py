"""Byte-level BPE: the "gpt2" tokenizer of GGUF with the "llama-bpe" split, trained on few unique words."""

import collections
import re

# The split of Llama 3; [^\W\d_] stands for \p{L} and \d for \p{N}.
SPLIT = re.compile(
    r"'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])"
    r"|(?:(?![\r\n])[\W_])?[^\W\d_]+"
    r"|\d{1,3}"
    r"| ?(?:(?!\s)[\W_])+[\r\n]*"
    r"|\s*[\r\n]+"
    r"|\s+(?!\S)"
    r"|\s+"
)


def byte_alphabet():
    """GPT-2's printable character for each byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in printable]
    alphabet = {b: chr(b) for b in printable}
    alphabet.update({b: chr(256 + i) for i, b in enumerate(rest)})
    return alphabet


ALPHABET = byte_alphabet()
BYTES = {c: b for b, c in ALPHABET.items()}


class Tokenizer:
    """tokens: the text of every id, the special ones (in angle brackets with bars) last; merges in order of rank."""

    def __init__(self, tokens, merges):
        self.tokens, self.merges = tokens, merges
        self.ids = {t: i for i, t in enumerate(tokens)}
        self.ranks = {tuple(m): i for i, m in enumerate(merges)}
        self.special = [t for t in tokens if t.startswith("<|")]
        self.cut = re.compile("(" + "|".join(map(re.escape, self.special)) + ")")
        self.words = {}

    def encode(self, text):
        """Token ids of text; special tokens written in the text become themselves."""
        out = []
        for part in self.cut.split(text):
            if part in self.special:
                out.append(self.ids[part])
                continue
            for word in SPLIT.findall(part):
                ids = self.words.get(word)
                if ids is None:
                    ids = self.words[word] = self.merge(word)
                out.extend(ids)
        return out

    def merge(self, word):
        parts = [ALPHABET[b] for b in word.encode()]
        if "".join(parts) in self.ids:  # llama-bpe: a word of the vocabulary needs no merges
            return [self.ids["".join(parts)]]
        while len(parts) > 1:
            rank, i = min((self.ranks.get(p, 1 << 30), i) for i, p in enumerate(zip(parts, parts[1:])))
            if rank == 1 << 30:
                break
            parts[i : i + 2] = [parts[i] + parts[i + 1]]
        return [self.ids[p] for p in parts]

    def decode(self, ids):
        text = "".join(self.tokens[i] for i in ids if self.tokens[i] not in self.special)
        return bytes(BYTES[c] for c in text).decode(errors="replace")


def train(texts, size, special):
    """Learns size tokens (bytes, merges and special ones) from texts. Digits never merge."""
    counts = collections.Counter()
    for text in texts:
        counts.update(SPLIT.findall(text))
    words = [([ALPHABET[b] for b in w.encode()], n) for w, n in counts.items() if not any(c.isdigit() for c in w)]
    pairs, where = collections.Counter(), collections.defaultdict(set)
    for i, (parts, n) in enumerate(words):
        for pair in zip(parts, parts[1:]):
            pairs[pair] += n
            where[pair].add(i)
    tokens, merges = [ALPHABET[b] for b in range(256)], []
    while len(tokens) < size - len(special) and pairs:
        best = max(pairs, key=lambda p: (pairs[p], p))
        merges.append(best)
        if best[0] + best[1] not in tokens:
            tokens.append(best[0] + best[1])
        for i in where.pop(best):
            parts, n = words[i]
            for pair in zip(parts, parts[1:]):
                pairs[pair] -= n
            merged, j = [], 0
            while j < len(parts):
                step = 2 if tuple(parts[j : j + 2]) == best else 1
                merged.append("".join(parts[j : j + step]))
                j += step
            words[i] = (merged, n)
            for pair in zip(merged, merged[1:]):
                pairs[pair] += n
                where[pair].add(i)
        pairs.pop(best, None)
        pairs = +pairs
    return Tokenizer(tokens + special, merges)
