"""WordNet 3.0 from the files of Debian's wordnet-base (format: https://wordnet.princeton.edu/documentation/wndb5wn)."""

import collections
import pathlib
import re

HERE = pathlib.Path("/usr/share/wordnet")
KINDS = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
# @ and @i: hypernyms; &: similar; + is the same word as another part of speech; $ and * are verb groups and entailment.
NEAR = {"&", "+", "$", "*", "^", "\\"}


class Synset:
    """Words that mean the same; meaning and examples are its gloss; above and near are other synsets."""

    def __init__(self, line):
        data, _, gloss = line.partition(" | ")
        fields = data.split(" ")
        self.file, self.kind, n = int(fields[1]), fields[2].replace("s", "a"), int(fields[3], 16)
        self.words = [re.sub(r"\(.*\)$", "", w).replace("_", " ") for w in fields[4 : 4 + 2 * n : 2]]
        at, self.above, self.near = 5 + 2 * n, [], []
        for i in range(at, at + 4 * int(fields[at - 1]), 4):
            to = fields[i + 2] + fields[i + 1]
            if fields[i] == "@":
                self.above.append(to)
            elif fields[i] in NEAR:
                self.near.append(to)
        parts = re.split(r";\s*(?=\")", gloss.strip())
        self.meaning = parts[0].strip()
        self.examples = [e for p in parts[1:] for e in re.findall(r'"([^"]+)"', p) if e.count(" ") >= 2]


def load():
    """{id: Synset} and {word: ids of its synsets, the most frequent sense of each part of speech first}."""
    synsets, senses = {}, collections.defaultdict(list)
    for file, kind in KINDS.items():
        for line in (HERE / f"data.{file}").read_text().splitlines():
            if not line.startswith("  "):
                synsets[kind + line[:8]] = Synset(line)
        for line in (HERE / f"index.{file}").read_text().splitlines():
            if not line.startswith("  "):
                fields = line.split()
                senses[fields[0].replace("_", " ")] += [kind + f for f in fields[-int(fields[2]) :]]
    return synsets, senses


def counts():
    """{(word, part of speech): how often its senses were counted in WordNet's sample of English}."""
    out = collections.Counter()
    for line in (HERE / "cntlist.rev").read_text().splitlines():
        sense, _, n = line.split(" ")
        lemma, _, rest = sense.partition("%")
        out[lemma, "nvara"[int(rest[0]) - 1]] += int(n)
    return out
