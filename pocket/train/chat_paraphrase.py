"""The same prompt as somebody else would type it: in other words, by grammar and by WordNet's synonyms, and with less care.

And questions about words of which the model knows nothing."""

import functools
import re

import wordnet
from chat_text import blocks, expand

WORD = re.compile(r"[a-z]+")
SLOT = re.compile(r"(\{\w+\}|\"[^\"]*\"|`[^`]*`)")


@functools.cache
def known():
    """Every word of the texts that the model learns answers from."""
    text = " ".join(line for file in ("qa.txt", "facts.txt", "concepts.txt") for block in blocks(file) for line in block)
    return set(WORD.findall(text.lower()))


class Words:
    """What people have been counted to write in WordNet's sample of English: synonyms, and the words that no answer is about."""

    def __init__(self):
        synsets, senses = wordnet.load()
        count = {}
        for line in (wordnet.HERE / "cntlist.rev").read_text().splitlines():
            sense, _, n = line.split(" ")
            lemma, _, rest = sense.partition("%")
            kind = "nvara"[int(rest[0]) - 1]
            count[lemma, kind] = count.get((lemma, kind), 0) + int(n)
        self.synonyms, self.unknown, self.proper = {}, {"n": [], "v": [], "a": [], "r": []}, []
        best = {}
        for (lemma, kind), n in count.items():
            best[lemma] = max(best.get(lemma, (0, "")), (n, kind))
        for lemma, (n, kind) in sorted(best.items()):
            ids = [s for s in senses.get(lemma, ()) if s[0] == kind]
            if n < 2 or not ids or not WORD.fullmatch(lemma) or len(lemma) < 3:
                continue
            others = [w for w in synsets[ids[0]].words if w != lemma and WORD.fullmatch(w) and len(w) > 2]
            if others:
                self.synonyms[lemma] = others
            if lemma not in known() and not (lemma.endswith("s") and lemma[:-1] in known()):
                self.unknown[kind].append(lemma)
        for s in synsets.values():
            if s.kind == "n" and s.file in (15, 18) and s.words[0][0].isupper():  # places and people
                if not known() & set(WORD.findall(" ".join(s.words).lower())):
                    self.proper.append(s.words[0])


@functools.cache
def words():
    return Words()


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


MOST = re.compile(r"(?:what|which \w+|name) (?:is )?(the )?(\w+est|first|last) ([\w ]+)")
MANY = re.compile(r"how many (\w+) (?:are in|are there in|has|does) (a|an|the|one)? ?(\w+)(?: have)?")
WHO = re.compile(r"who (\w+ed|wrote|made|was|is|won|built|said|first \w+) (.+)")
THING = re.compile(r"(?:what is|what are|what's|define|explain|tell me about|describe) ((?:a |an |the )?[\w-]+(?: [\w-]+)?)")


def recast(random, text):
    """Another frame for the commonest questions: who did, how many are in, what is the greatest, what is."""
    body = text.rstrip("?")
    if (m := MOST.fullmatch(body)) is not None:
        return expand(random, "[tell me the {x}|do you know the {x}|can you name the {x}|I am looking for the {x}|give me the {x}|say which is the {x}|the {x}|the {x}, please|the {x} is called what|we search for the {x}|what would be the {x}|do you happen to know the {x}]").replace("{x}", f"{m[2]} {m[3]}")
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


FOREIGN = """[what|which] {n} [{v}s|has|makes|needs|takes] the {n}
how [do|can|should|could] [I|we|you|people] {v} [a|the|my|] {n}
[can|could|would|will] you {v} [a|the|my|this] [{a}|] {n} [|for me|please]
[why|when|where|how] [does|did|would|should] [a|the|my] {n} {v}
[where|how] can I [find|get|see|buy|learn] [a|the|some] {a} {n}
[is|was] [the|a|my|this] {n} {a}
[tell me|write|explain|describe|talk] about [the|a|some|] [{a}|] {n}
[what is|what was|tell me|explain|who knows|name] the {n} of [the|a|] {n}
[who|which {n}] [{v}ed|made|found|started|owns|changed] the {n}
[I want to|I need to|help me|I have to|teach me to] {v} [a|the|my] {n}
[should|may|must] I {v} [a|the|my] {n}
[do|did|can|will] [{n}s|people|they] {v} [a|the|] {n}
[what do you think of|what are the rules of|who discovered|how old is|what is the history of|how much is|give me|recommend] [a|the|] [{a}|] {n}
[who|what] [is|was] {P}
[where|what] is {P}
[tell me about|what do you know about|who knows|describe|have you heard of|explain] {P}
[when|where|how|why] did {P} [{v}|die|live|begin|end|become famous|win]
[what did|what does|what will] {P} [{v}|do|say|make|write|want]
[what is the|who is the|name the] [{n}|capital|president|age|population|weather|name|size|language|leader|colour] of {P}
[how far is|how big is|how old is|how many people live in|how do I get to|what can I see in] {P}
[what is|how much is|what was] the [{n}|price|cost|size|{a} {n}] of [{P}|a {n}|the {n} in {P}] [|today|last year|in 1990]
[will|does|did] [it|they|the {n}|{P}] {v} [tomorrow|in {P}|this week|today|next year]
[what|which] [is the best|is your favourite|kind of|sort of] {n} [is there|for a {n}|should I {v}|]
my {n} [is {a}|does not {v}|{v}s]. What [should I do|can I do|is wrong|now]
[the|a] {a} {n}, [what is that|who {v}s it|how does it {v}]
[explain|describe] how [a|the] {n} {v}s [|the {n}]
[write|compose|draft] [a speech|an essay|a report|a review|a letter] [on|about] [{a}|the] {n}""".split("\n")


def foreign(random):
    """A question about things that the model was never told of."""
    text = expand(random, random.choice(FOREIGN))
    w = words()
    for slot, choices in (("{n}", w.unknown["n"]), ("{v}", w.unknown["v"]), ("{a}", w.unknown["a"]), ("{P}", w.proper)):
        while slot in text:
            text = text.replace(slot, random.choice(choices), 1)
    return text


def noise(random):
    """A word that changes no question."""
    w = words()
    return random.choice(w.unknown[random.choice("nvar")])


QUESTION = re.compile(
    r"(what|who|why|how|when|where|which|can|could|do|does|is|are|may|will|should|on which|in which|at what|whose|am)\b", re.I
)


def punctuate(random, text):
    """Writes a prompt that is given in lower case without a full stop as most people would."""
    if text[-1] not in ".?!:}])\"`" and "\n" not in text:
        text += "?" if QUESTION.match(text) else random.choice((".", "", ""))
    return text[0].upper() + text[1:]


def typo(random, text):
    """One slip of the fingers in one of the longer words."""
    words = text.split(" ")
    long = [i for i, w in enumerate(words) if len(w) > 4 and w.isalpha()]
    if not long:
        return text
    i = random.choice(long)
    w = words[i]
    at = random.randrange(1, len(w) - 1)
    words[i] = random.choice(
        (w[:at] + w[at + 1 :], w[:at] + w[at] + w[at:], w[:at] + w[at + 1] + w[at] + w[at + 2 :], w[:at] + random.choice("aeinrst") + w[at + 1 :])
    )
    return " ".join(words)


POLITE = ["please", "can you tell me:", "hi,", "hello,", "hey,", "hi!", "hello!", "a question:", "ok,", "so,", "quick question:",
          "and", "please tell me:", "now", "hey there,", "tell me,", "well,", "good morning!", "excuse me,", "I have a question:",
          "I would like to know:", "I wonder,", "question:", "listen,", "great!", "thanks!", "next question:",
          "could you tell me", "can you say", "do you know", "my question is", "I want to know", "say,", "I forgot,", "tell us", "would you tell me",
          "please say", "please", "for a quiz:", "help me:", "can you", "could you", "would you", "you know", "let me know"]
THANKS = ["please", "thanks", "thank you", "please.", "Thanks!", "Thank you!", "please?", "thx", "for me", "for me please"]


SETTING = """I am a student.|I am new here.|My teacher asked me this.|We talked about it at work.|I have a short question.|I am writing a report.|Sorry to bother you.
I am preparing a talk.|My friend asked me.|This is for school.|I need your help.|I am learning.|It is for a quiz.|I am not an expert.|I forgot it.|I am curious.|Just wondering.|One more thing.
You seem smart.|Let us begin.|First question.|Nice to meet you.|I hope you are well.|I read about it.|I am a beginner.|Help me out.|Let me ask something.|I am not sure about this.
My colleague wants to know this.|I have no idea.""".replace("\n", "|").split("|")
CLOSING = """I am curious.|I need it for school.|I would like to know.|I forgot.|Thanks in advance.|I am new to this.|Just asking.|It is for a friend.|Take your time.|I really want to know.
If you know it.|Tell me.|I am not sure.|Can you help?|Any idea?|Do you know?|I could not find it.|I keep forgetting it.|You can do it.|Let me know.""".replace("\n", "|").split("|")


FILLERS = """my we they he she asks about think maybe someone said today would might also really again help just like exactly school
work boss friend uses here please then now so well you me us might could should often always people tell say know see need
want find out kind of sort thing actually basically perhaps quick good right okay yes all this that those it with in on for
to at from by when who what which where how there hello hey dear sir and or but if mean called name term word idea""".split()
SMALL = set("what is are the a an of do does can could you me tell please in to for about it so would i my which who how did was have has on give".split())


def stumble(random, text):
    """Loose words in, small words out: what a question is about should not hang on its grammar."""
    if random.random() < 0.2:  # the bare key words, as people type them into a search
        return " ".join(w for w in text.split(" ") if w.lower() not in SMALL) or text
    kept = [w for w in text.split(" ") if w.lower() not in SMALL or random.random() > 0.25]
    for _ in range(random.choice((1, 1, 2, 3))):
        kept.insert(random.randint(0, len(kept)), random.choice(FILLERS) if random.random() < 0.6 else noise(random))
    return " ".join(kept)


def careless(random, text, verbatim=False):
    """The same prompt as somebody else would have typed it; verbatim keeps its words and case."""
    text = punctuate(random, text)
    if random.random() < 0.15 and not any(c in '":\n{' or c.isdigit() for c in text):
        text = stumble(random, text)
    r = random.random()
    if r < 0.12:
        p = random.choice(POLITE)
        text = f"{p[0].upper() + p[1:]} {text if p[-1] in '!:' or verbatim else text[0].lower() + text[1:]}"
    elif r < 0.17 and text[-1] in "?.":
        text = f"{text[:-1]} {random.choice(THANKS)}" if random.random() < 0.5 else f"{text} {random.choice(THANKS)}"
    r = random.random()
    if r < 0.05:
        text = f"{random.choice(SETTING)} {text}"
    elif r < 0.08 and "\n" not in text and not verbatim:
        text = f"{text} {random.choice(CLOSING)}"
    r = random.random()
    if r < 0.25 and not verbatim:
        text = text.lower()
    elif r < 0.27 and not verbatim:
        text = text.upper()
    if random.random() < 0.08 and not verbatim:
        text = typo(random, text)
    r = random.random()
    if r < 0.22 and text[-1] in "?.!":
        text = text[:-1]
    elif r < 0.25:
        text += random.choice((" ", "\n", "  ", "?", "!", " ?"))
    return text.strip() or text
