"""Sentences that praise or blame, endlessly: what the sentiment classifier of @pocket/embed learns from."""

import functools
import pathlib

import wordnet
from chat_text import expand, key

HERE = pathlib.Path(__file__).parent / "embed"


@functools.lru_cache(None)
def lists():
    """embed/sentiment.txt as {name: [entry]}."""
    out = {}
    for block in (HERE / "sentiment.txt").read_text().split("\n\n"):
        rows = [line for line in block.split("\n") if line.strip() and not line.startswith("# ")]
        if not rows:
            continue
        name, *rows = rows
        out[name.rstrip(":")] = rows if name.endswith("lines:") else " ".join(rows).split(", ")
    return out


@functools.lru_cache(None)
def glosses():
    """[(1 or 0, meaning)] of the frequent senses of the praising and the blaming words."""
    synsets, senses = wordnet.load()
    out = []
    for mood, side in enumerate(("bad", "good")):
        for word in lists()[side]:
            for i in [i for i in senses.get(word, []) if i[0] == "a"][:1]:
                out += [(mood, w) for w in synsets[i].words] + [(mood, synsets[i].meaning)]
                out += [(mood, w) for j in synsets[i].near if j[0] == "a" for w in synsets[j].words]
    return out


def sentence(random):
    """(1 for praise and 0 for blame, text)."""
    words, mood = lists(), random.randrange(2)
    if random.random() < 0.08:
        return random.choice(glosses())

    def fill(template, mood):
        """{+} is a word of the mood, {-} one of the other; {thing}, {very}, ... are entries of the lists."""
        for hole, name in (("{+}", ("bad", "good")[mood]), ("{-}", ("bad", "good")[1 - mood]), ("{do}", ("harms", "helps")[mood]),
                           ("{feel}", ("hates", "loves")[mood]), ("{noun}", ("ills", "joys")[mood])):
            while hole in template:
                template = template.replace(hole, random.choice(words[name]), 1)
        for name in ("thing", "very", "who", "part", "time"):
            while f"{{{name}}}" in template:
                template = template.replace(f"{{{name}}}", random.choice(words[name]), 1)
        return expand(random, template)

    def one(mood):
        r = random.random()
        if r < 0.55:
            return fill(random.choice(words["either lines"]), mood)
        if r < 0.75:
            return fill(random.choice(words["turned lines"]), mood)
        return fill(random.choice(words[("bad lines", "good lines")[mood]]), mood)

    text = one(mood)
    r = random.random()
    if r < 0.2:
        text = f"{text}{random.choice(('.', ',', ' and', '!', ';'))} {one(mood)}"
    elif r < 0.32:
        text = f"{one(1 - mood)}, {random.choice(('but', 'but', 'but still', 'yet', 'however,', 'but in the end'))} {text}"
    elif r < 0.37:
        text = f"{random.choice(('although', 'even though', 'while', 'though'))} {one(1 - mood)}, {text}"
    return mood, text


def sentences(random, n, without=()):
    """At most n of them, without those whose key is in without."""
    return [(mood, text) for mood, text in (sentence(random) for _ in range(n)) if key(text) not in without]
