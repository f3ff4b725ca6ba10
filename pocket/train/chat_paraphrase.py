"""The same question in other words: by grammar, and by WordNet's synonyms."""

import re

from chat_text import SMALL, expand
from chat_words import words

SLOT = re.compile(r"(\{\w+\}|\"[^\"]*\"|`[^`]*`)")


def synonyms(random, text):
    """Puts a synonym for one or two words that are neither names nor quoted nor slots."""
    parts = SLOT.split(text)
    places = [(i, m) for i in range(0, len(parts), 2) for m in re.finditer(r"(?<![\w'-])[a-z]+(?![\w'-])", parts[i]) if m[0] in words().synonyms and m[0] not in SMALL]
    for i, m in sorted(random.sample(places, min(len(places), random.choice((1, 1, 2)))), key=lambda p: -p[1].start()):
        parts[i] = parts[i][: m.start()] + random.choice(words().synonyms[m[0]]) + parts[i][m.end() :]
    return "".join(parts)


ASKS = """[tell me|say|do you know|I wonder|I want to know|please tell me|explain|I forgot|remind me|any idea|can you say|could you tell me|let me know|my son asks|I would love to know|help me find out|find out|I need to know|does anyone know|we were wondering|I am not sure|you surely know|can you work out|have you any idea|I keep asking myself]"""
BE = re.compile(r"(what|who|where|when|which \w+|what \w+|how \w+) (is|are|was|were) ((?:(?!, | and | or ).)+)", re.I)
DO = re.compile(r"(what|where|when|why|how|which \w+|what \w+|how many \w+) (does|do|did) ((?:a |an |the )?[\w{}]+) (\w+)(.*)", re.I)


def indirect(random, text):
    """what is X -> tell me what X is; what does X do -> tell me what X does."""
    body = text.rstrip("?")
    if (m := BE.fullmatch(body)) is not None:
        return f"{expand(random, ASKS)} {m[1].lower()} {m[3]} {m[2]}"
    if (m := DO.fullmatch(body)) is not None:
        verb = m[4] if m[2].lower() != "does" else "has" if m[4] == "have" else m[4] + "s"
        return f"{expand(random, ASKS)} {m[1].lower()} {m[3]} {verb}{m[5]}"
    return text


MOST = re.compile(r"(?:what|which \w+|name) (?:is )?(?:the )?(\w+est|first|last) ([\w ]+)")
MANY = re.compile(r"how many (\w+) (?:are in|are there in|has|does) (a|an|the|one)? ?(\w+)(?: have)?")
WHO = re.compile(r"who (\w+ed|wrote|made|was|is|won|built|said|first \w+) (.+)")
THING = re.compile(r"(?:what is|what are|what's|define|explain|tell me about|describe) ((?:a |an |the )?[\w-]+(?: [\w-]+)?)")


def recast(random, text):
    """Another frame for the commonest questions: who did, how many are in, what is the greatest, what is."""
    body = text.rstrip("?")
    if (m := MOST.fullmatch(body)) is not None:
        return expand(random, "[tell me the {x}|do you know the {x}|can you name the {x}|I am looking for the {x}|give me the {x}|say which is the {x}|the {x}|the {x}, please|the {x} is called what|we search for the {x}|what would be the {x}|do you happen to know the {x}]").replace("{x}", f"{m[1]} {m[2]}")
    if (m := MANY.fullmatch(body)) is not None:
        a = (m[2] or "a") + " "
        return expand(random, "[number of {x} in {y}|how many {x} make up {y}|{y} has how many {x}|count of {x} in {y}|the {x} of {y}, how many are they|{y} consists of how many {x}|how many {x} would {y} have|tell me the number of {x} in {y}|what number of {x} does {y} have|if I count the {x} of {y}, how many are there]").replace("{x}", m[1]).replace("{y}", a + m[3])
    if (m := WHO.fullmatch(body)) is not None:
        return expand(random, "[which person|what person|tell me who|name the one who|do you know who|who is the one who|who was it that|which man or woman|the person who] ") + f" {m[1]} {m[2]}"
    if (m := THING.fullmatch(body)) is not None:
        return expand(random, "[describe {x}|what would you call {x}|what does one mean by {x}|what do people mean by {x}|give me a definition of {x}|{x}: what is it|{x}, what is that|what do you know about {x}|say something about {x}|what kind of thing is {x}|I want to know about {x}|how would you describe {x}|teach me about {x}|{x}|what is meant by {x}|tell a child about {x}|in simple words, what is {x}|help me understand {x}|I never understood {x}|write about {x}|what can you say about {x}|info on {x}|meaning of {x}]").replace("{x}", m[1])
    return text


def reworded(random, template):
    """One expansion of a template, often in other words; its {slots} are left alone."""
    text = expand(random, template)
    r = random.random()
    if r < 0.15:
        text = indirect(random, text)
    elif r < 0.4:
        text = recast(random, text)
    return synonyms(random, text) if random.random() < 0.2 else text
