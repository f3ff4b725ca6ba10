"""Words for the conversations: the text files of chat/, names, choices and the carelessness of people who type."""

import pathlib
import re

HERE = pathlib.Path(__file__).parent / "chat"
CHOICE = re.compile(r"\[([^\[\]]*)\]")

NAMES = """Ada Alan Grace Tim Linus Alice Bob Carol Dave Eve Anna Ben Clara David Emma Felix Hana Ivan Julia Kai Lena
Maria Max Nina Oscar Paul Rosa Sam Sara Tom Vera Yuki Zoe Omar Leo Mia Noah Olivia Liam Sofia Lucas Amir Priya Chen Wei
Fatima Ali Ravi Elena Marco Luigi Pedro Carlos Diego Lucia Ingrid Sven Lars Olga Peter John Jane Mary James Robert Linda
Susan Karen Kevin Brian Jason Laura Simon Martin Thomas Daniel Hannah Ruth Rachel Aaron Adam Eric Frank George Henry
Jack Kate Kim Lucy Mark Mike Nick Nora Pam Rita Ron Steve Ted Victor Wendy Will Jonas Mateo Aisha Kofi Zara Igor Bella""".split()
CITIES = """London Paris Berlin Rome Madrid Lisbon Vienna Oslo Dublin Prague Tokyo Sydney Boston Austin Toronto Chicago
Delhi Cairo Lima Nairobi Munich Hamburg Porto Milan Kyoto Seoul Denver Seattle Bern Warsaw Athens Helsinki""".split()
JOBS = """teacher doctor baker driver nurse painter writer singer farmer pilot cook programmer engineer designer lawyer
student gardener plumber dentist musician""".split()
COLOURS = "red blue green yellow black white orange purple pink brown grey".split()
FOODS = "pizza pasta bread cheese apples rice soup cake fish salad bananas chocolate tea coffee noodles".split()
HOBBIES = "music football chess books films dancing running cooking painting swimming travel games".split()
THINGS = """book lamp chair table phone bag cup hat pen clock bottle ticket camera laptop keyboard bike coat shirt
sofa ring knife radio""".split()
TOPICS = """the sea the moon the sun rain snow spring summer autumn winter love a cat a dog a tree a river a mountain the
wind the stars the night the morning coffee tea music a bird a bee the city the forest a friend home time the internet a
computer a robot a server the cloud code edge_computing serverless Go a_small_model bread flowers a_train a_garden the_edge
a_horse a_ship""".replace("the ", "the_").replace(" a ", " a_").split()
WORDS = """apple river stone green window paper yellow garden music morning silver table cloud orange happy little summer
winter quiet bridge forest pocket candle island mirror rabbit pencil thunder velvet castle ocean puzzle rocket shadow
ticket violin whisper button copper dragon engine flower guitar hammer jacket kitten ladder market needle pepper ribbon
saddle turtle valley wagon zebra one two three fast slow big blue small warm cold the a and with under over bird tree
house road light rain sun star book door fire fish hand milk moon snow wind work world edge worker token model""".split()
ONSETS = "b c d f g h j k l m n p r s t v w z br ch cl dr fl gr kl kr pl pr qu sh sk sl sp st th tr tw wh".split()
VOWELS = "a e i o u a e i o u y ae ai ea ee ia ie oa oo ou ue".split()
CODAS = ["", "", "", *"l m n r s t k d x th ck ld ll mp nd ng nt rk rn rt ss st tt".split()]
SYLLABLES = "ka lo mi ru ta ve zo ni bra fen dor lis pon qua shi tre vul wex yar zim gan hel jor nak osk pli".split()


def blocks(name):
    """The paragraphs of a text file of chat/, each a list of lines, without comments."""
    for block in (HERE / name).read_text().split("\n\n"):
        lines = [line for line in block.split("\n") if line.strip() and not line.startswith("# ")]
        if lines:
            yield lines


def lines(name):
    return [line for block in blocks(name) for line in block]


def tables():
    """facts.txt as {table: [row]}."""
    return {b[0].split(":")[0]: [[c.strip() for c in row.split("|")] for row in b[1:]] for b in blocks("facts.txt")}


def expand(random, template):
    """Replaces every [a|b] of template by one of its choices."""
    while (m := CHOICE.search(template)) is not None:
        template = template[: m.start()] + random.choice(m[1].split("|")) + template[m.end() :]
    return re.sub(" +", " ", template).strip(" ")


def invented(random):
    """A word that does not exist, spelled from thousands of syllables, so that the model learns to copy and not to guess."""
    return "".join(random.choice(ONSETS) + random.choice(VOWELS) + random.choice(CODAS) for _ in range(random.choice((1, 2, 2, 2, 3))))


def name(random):
    """A first name: a usual one, or an invented one."""
    r = random.random()
    if r < 0.5:
        return random.choice(NAMES)
    if r < 0.65:
        return "".join(random.sample(SYLLABLES, random.choice((2, 2, 3)))).capitalize()
    return invented(random).capitalize()


def article(noun):
    return ("an " if noun[0].lower() in "aeiou" else "a ") + noun


def first_sentence(text):
    return re.split(r"(?<=[.!?])\s", text)[0]


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
    words = [w for w in text.split(" ") if w.lower() not in SMALL or random.random() > 0.25]
    for _ in range(random.randint(1, 4)):
        words.insert(random.randint(0, len(words)), random.choice(FILLERS))
    return " ".join(words)


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


def key(text):
    """The letters and digits of a prompt: two prompts with the same key are the same question."""
    return "".join(c for c in text.lower() if c.isalnum())
