"""Pairs of texts that mean the same, endlessly: what @pocket/embed learns from."""

import collections
import functools
import json
import pathlib
import random as randomness
import re
import subprocess

import wordnet
import wordpiece
from chat_concepts import SAY, Concept
from chat_text import blocks, expand, key

HERE = pathlib.Path(__file__).parent
TESTS = HERE.parent / "testdata"
STOP = set("""a an the of to in on for and or is are was were be been it its this that these those with by as at from into
which who what how why when where do does did can could will would should may not no you your i my we our they their he she
his her them there than then also such other some any all more most very one has have had if but about so only just""".split())
ASKED = """what is {}|what does {} mean|define {}|meaning of {}|{} definition|what is meant by {}|explain {}|{}|{}|{}|{}|a {}|the {}""".split("|")
WANTED = """{}|{}|{}|I need {}|is there {}|which program is {}|how do I get {}|find {}|I am looking for {}|what can I use as {}|recommend {}""".split("|")
QUESTION = """what is|what are|how does|how do I|how is|why is|why are|which|can I|can it|does it|who|where is|when does|is there|what
happens with|how many|how large is|what about|are there""".replace("\n", " ").split("|")


def heldout():
    """The keys of every text of the tests, which training must not see."""
    keys = set()
    for path in (*TESTS.glob("embed_*.jsonl"), *TESTS.glob("sentiment.jsonl")):
        keys |= {key(text) for line in path.read_text().splitlines() for text in json.loads(line).values()}
    return keys


def sentences(text):
    return [s for s in re.split(r"(?<=[.!?;:])\s+", text) if s]


def packages():
    """[(name, summary, sentences)] of Debian's package descriptions; sentences that several share are left out."""
    rows, count = [], collections.Counter()
    files = pathlib.Path("/var/lib/apt/lists").glob("*_main_i18n_Translation-en*")
    text = subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", *sorted(map(str, files))], capture_output=True, check=True).stdout.decode()
    for name, summary, rest in re.findall(r"^Package: (.+)\n(?:.+\n)*?Description-en: (.+)\n((?: .*\n)*)", text, re.M):
        texts = [s for p in rest.split("\n .\n") for s in sentences(" ".join(p.split())) if s.count(" ") > 3]
        count.update(set(texts))
        rows.append((name, summary, texts))
    seen, out = set(), []
    for name, summary, texts in rows:
        texts = [t for t in texts if count[t] == 1 and not t.startswith("This package")]
        if not re.search("-(dbg|doc|dev|data|common)$", name) and texts and summary not in seen:
            seen.add(summary)
            out.append((name, summary, texts))
    return out


def paraphrases():
    """[(fillers, lines)] of embed/paraphrases.txt; see there."""
    out = []
    for block in (HERE / "embed" / "paraphrases.txt").read_text().split("\n\n"):
        block = [line for line in block.split("\n") if line.strip() and not line.startswith("# ")]
        if block:
            fillers = [f.strip() for f in block[0][3:].split(",")] if block[0].startswith("x: ") else [""]
            out.append((fillers, block[1:] if block[0].startswith("x: ") else block))
    return out


class Corpus:
    """Everything there is to learn from; each method of SOURCES draws (text, text, key), where texts of different
    pairs mean different things unless their keys are equal."""

    def __init__(self):
        self.synsets, self.senses = wordnet.load()
        self.packages = packages()
        self.paraphrases = paraphrases()
        self.concepts = [Concept(b) for b in blocks("concepts.txt")]
        self.answers = []
        for block in blocks("qa.txt"):
            asked, said = [line[2:] for line in block if line[0] == "?"], [line[2:] for line in block if line[0] == "="]
            if asked:
                self.answers.append((asked, said))
        usual = {w for w, n in self.count().items() if n >= 20}
        self.common = [i for i, s in self.synsets.items() if any(w in usual for w in s.words) and s.file not in (5, 20)]
        self.all = list(self.synsets)
        self.examples = [(i, e) for i, s in self.synsets.items() for e in s.examples]
        self.heldout = heldout()

    @functools.lru_cache(None)
    def count(self):
        count = collections.Counter()
        for text in self.texts():
            count.update(wordpiece.words(text))
        return count

    def texts(self):
        """All text once, roughly: for the vocabulary and the first word vectors."""
        random = randomness.Random(0)
        for s in self.synsets.values():
            above = [self.synsets[a].words[0] for a in s.above]
            yield " ".join(s.words + [s.meaning] + above)
            yield from s.examples
        for _, summary, texts in self.packages:
            yield f"{summary} {' '.join(texts[:6])}"
        for fillers, lines in self.paraphrases:
            for f in fillers:
                yield " ".join(expand(random, line.replace("{x}", f)) for line in lines)
        for c in self.concepts:
            for _ in range(5):
                yield " ".join([*c.names, c.what, c.detail, c.also, c.why, c.example])
        for asked, said in self.answers:
            yield " ".join(expand(random, t) for t in asked + said)

    def synonym(self, random, word):
        """Another word for one of the frequent senses of word, or word."""
        ids = self.senses.get(word, [])[:3]
        words = [w for i in ids for w in self.synsets[i].words if w.lower() != word]
        return random.choice(words) if words else word

    def vary(self, random, text, share=0.3):
        """The text with some words dropped, swapped or replaced by synonyms."""
        out = []
        for w in text.split(" "):
            r = random.random()
            if r < share / 3:
                continue
            bare = w.strip(".,;:!?\"'()").lower()
            if r < share and bare not in STOP:
                w = self.synonym(random, bare)
            out.append(w)
        if random.random() < 0.2 and len(out) > 4:
            cut = random.randrange(1, len(out))
            out = out[cut:] + out[:cut]
        return " ".join(out) or text

    def keywords(self, random, text, most=7):
        """A few of the telling words of a text, in their order."""
        words = [w for w in re.findall(r"[\w-]+", text) if w.lower() not in STOP]
        if len(words) < 3:
            return text
        picked = sorted(random.sample(range(len(words)), min(len(words), random.randint(2, most))))
        text = " ".join(words[i] if random.random() < 0.8 else self.synonym(random, words[i].lower()) for i in picked)
        return f"{random.choice(QUESTION)} {text}?" if random.random() < 0.5 else text

    def marked(self, random, text):
        """The text as Markdown might have it."""
        marks = random.choice(("`{}`", "`{}`", "**{}**", "[{}](#)", "({})"))
        return " ".join(marks.format(w) if random.random() < 0.15 else w for w in text.split(" "))

    def gloss(self, random):
        """A word and its meaning."""
        i = random.choice(self.common if random.random() < 0.75 else self.all)
        s = self.synsets[i]
        word, meaning = random.choice(s.words), s.meaning
        r = random.random()
        if r < 0.15 and len(s.words) > 1:
            other = random.choice([w for w in s.words if w != word] or [word])
            return word, other if random.random() < 0.4 else f"{other}: {meaning}", i
        if r < 0.3 and s.above:
            meaning = f"{random.choice(self.synsets[s.above[0]].words)}: {meaning}"
        if r > 0.8:
            meaning = self.vary(random, meaning)
        return random.choice(ASKED).format(word), meaning, i

    def example(self, random):
        """A sentence and the same with other words, or its word's meaning in other words."""
        i, text = random.choice(self.examples)
        s = self.synsets[i]
        word = next((w for w in s.words if w.lower() in text.lower()), None)
        if word and len(s.words) > 1 and random.random() < 0.6:
            other = random.choice([w for w in s.words if w != word] or [word])
            return text, self.vary(random, re.sub(re.escape(word), other, text, flags=re.I), 0.15), i
        if random.random() < 0.5:
            return self.vary(random, text), self.vary(random, text), i
        return text, f"{random.choice(s.words)}: {s.meaning}", i

    def kind(self, random):
        """A word and a wider or a near one."""
        while True:
            i = random.choice(self.common)
            s = self.synsets[i]
            others = s.above + s.near
            if others and self.synsets[others[0]].words != s.words:
                j = random.choice(others)
                other = self.synsets[j]
                text = random.choice(other.words) if random.random() < 0.5 else other.meaning
                return (random.choice(s.words) if random.random() < 0.6 else s.meaning), text, j

    def package(self, random):
        """What a program is called or is for, and a part of its description."""
        name, summary, texts = random.choice(self.packages)
        at = random.randrange(len(texts))
        text = " ".join(texts[at : at + random.choice((1, 1, 2, 3))])
        r = random.random()
        if r < 0.35:
            return random.choice(WANTED).format(summary), text, name
        if r < 0.6:
            return self.keywords(random, text), text, name
        if r < 0.75:
            return f"{name}: {summary}", text, name
        if r < 0.9 and len(texts) > 1:
            return random.choice(texts[:at] + texts[at + 1 :]), text, name
        return self.vary(random, text), text, name

    def long(self, random):
        """A question or a summary and a whole description."""
        name, summary, texts = random.choice(self.packages)
        text = f"{summary}. " * (random.random() < 0.3) + " ".join(texts)
        r = random.random()
        if r < 0.4:
            return self.keywords(random, text, 12), text, name
        if r < 0.7:
            return self.vary(random, random.choice(texts)), text, name
        return random.choice(WANTED).format(summary), " ".join(texts), name

    def concept(self, random):
        """A question about a concept and its answer."""
        c = random.choice(self.concepts)
        form = random.choice(("plain", "plain", "plain", "why", "example", "sentence", "paragraph"))
        asked = re.sub(r"\[.*", "", expand(random, SAY[form]))
        asked = asked.replace("{x}", random.choice(c.names)) if "{x}" in asked else f"{asked} {random.choice(c.names)}"
        said = c.answer(form)
        r = random.random()
        if r < 0.3:
            said = random.choice((c.what, c.detail, c.also, c.why, c.example))
        if r > 0.85:
            asked = self.vary(random, random.choice((c.what, c.detail, c.example)))
            said = random.choice((c.what, c.detail, c.why, c.also))
        return asked, said, c.name

    def answer(self, random):
        """A prompt of a chat, and another way to say it or its answer."""
        at = random.randrange(len(self.answers))
        asked, said = self.answers[at]
        a, b = expand(random, random.choice(asked)), expand(random, random.choice(asked + said if said else asked))
        return a, b, at

    def paraphrase(self, random):
        """Two ways to say one thing."""
        at = random.randrange(len(self.paraphrases))
        fillers, lines = self.paraphrases[at]
        x = random.choice(fillers)
        a, b = random.sample(lines, 2) if len(lines) > 1 else lines * 2
        a, b = expand(random, a.replace("{x}", x)), expand(random, b.replace("{x}", x))
        return (a, b if random.random() < 0.8 else self.vary(random, b), f"{at} {x}")

    # How often a batch comes from each.
    SOURCES = {"gloss": 20, "example": 14, "kind": 4, "package": 24, "long": 6, "concept": 6, "answer": 2, "paraphrase": 24}

    def batch(self, random, source, size):
        """size pairs of one source; fewer if they are long."""
        size, out = size // 4 if source == "long" else size, []
        while len(out) < size:
            a, b, k = getattr(self, source)(random)
            if key(a) not in self.heldout and key(b) not in self.heldout:
                out.append((a, self.marked(random, b) if random.random() < 0.15 else b, k))
        return out
