"""Words for the conversations: the text files of chat/, names and choices."""

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
# Words that a question is still understood without.
SMALL = set("what is are the a an of do does can could you me tell please in to for about it so would i my which who how did was have has on give".split())
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


def key(text):
    """The letters and digits of a prompt: two prompts with the same key are the same question."""
    return "".join(c for c in text.lower() if c.isalnum())
