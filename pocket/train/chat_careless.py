"""A prompt as somebody else would have typed it: polite or not, with slips, stray words and small letters."""

import re

from chat_text import SMALL
from chat_words import words

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
    typed = text.split(" ")
    long = [i for i, w in enumerate(typed) if len(w) > 4 and w.isalpha()]
    if not long:
        return text
    i = random.choice(long)
    w = typed[i]
    at = random.randrange(1, len(w) - 1)
    typed[i] = random.choice(
        (w[:at] + w[at + 1 :], w[:at] + w[at] + w[at:], w[:at] + w[at + 1] + w[at] + w[at + 2 :], w[:at] + random.choice("aeinrst") + w[at + 1 :])
    )
    return " ".join(typed)


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


def stumble(random, text):
    """Loose words in, small words out: what a question is about should not hang on its grammar."""
    if random.random() < 0.2:  # the bare key words, as people type them into a search
        return " ".join(w for w in text.split(" ") if w.lower() not in SMALL) or text
    kept = [w for w in text.split(" ") if w.lower() not in SMALL or random.random() > 0.25]
    for _ in range(random.choice((1, 1, 2, 3))):
        kept.insert(random.randint(0, len(kept)), random.choice(FILLERS) if random.random() < 0.6 else random.choice(words().strange[random.choice("nvar")]))
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
