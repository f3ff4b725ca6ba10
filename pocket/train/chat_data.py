"""Endless made-up conversations: lists of (role, text) that start with an optional system prompt."""

import json
import pathlib
import random as randomness

import chat_concepts as concepts
import chat_facts as facts
import chat_tasks as tasks
from chat_careless import careless
from chat_text import CITIES, COLOURS, FOODS, JOBS, NAMES, WORDS, article, expand, first_sentence, invented, key, lines, name

SYSTEMS = lines("systems.txt")
HELDOUT = pathlib.Path(__file__).parent.parent / "testdata" / "chat_heldout.jsonl"


def heldout():
    """The keys of the questions of the held-out evaluation; none of them may be generated."""
    if not HELDOUT.exists():
        return set()
    return {key(json.loads(line)["messages"][-1]["content"]) for line in HELDOUT.read_text().splitlines()}


FORBIDDEN = heldout()
COPYING = 0.16  # share of copying


def simple(random):
    """(prompt, answer, whether its words and case matter) of one question that stands alone."""
    r = random.random()
    if r < 0.25:
        return (*concepts.question(random)[:2], False)
    if r < 0.28:
        return (*concepts.compare(random), False)
    make = random.choices(
        (facts.common, facts.geography, facts.colour, facts.animal, facts.word, facts.calendar, facts.arithmetic, facts.numbers, facts.unknown, tasks.task),
        (30, 18, 3, 2, 6, 4, 38, 6, 18, 24),
    )[0]
    prompt, answer = make(random)
    return prompt, answer, make is tasks.task and any(c.isupper() for c in prompt[1:]) or '"' in prompt or ":" in prompt


def turn(random):
    """One question as somebody types it, and its answer."""
    prompt, answer, verbatim = simple(random)
    return careless(random, prompt, verbatim), answer


def neutral(random):
    """A system prompt that changes nothing, or none."""
    if random.random() < 0.45:
        return None
    s = random.choice(SYSTEMS)
    if random.random() < 0.15:
        s += " " + random.choice(SYSTEMS)
    return s.lower() if random.random() < 0.06 else s


# Things people say about themselves: (statement, question, answer).
def personal(random):
    who, city, job, food, tint, n = name(random), random.choice(CITIES), random.choice(JOBS), random.choice(FOODS), random.choice(COLOURS), random.randint(5, 90)
    pet, animal = name(random), random.choice(("dog", "cat", "bird", "horse", "fish"))
    kin, code = random.choice("sister brother mother father friend boss teacher neighbour son daughter wife husband".split()), random.choice((random.choice(WORDS), invented(random)))
    return {
        "name": (f"[my name is {who}|I am {who}|I'm {who}|call me {who}|you can call me {who}|people call me {who}|this is {who}|my name's {who}|I am called {who}|hi, I am {who}|hello, my name is {who}|hi, my name is {who}|hey, I'm {who}|hi, {who} here|please call me {who}|the name is {who}|remember that my name is {who}|my name is {who}, remember it]",
                 "[what is my name|what's my name|what was my name|who am I|do you remember my name|do you know my name|what did I say my name was|can you tell me my name|what am I called|tell me my name|say my name|do you remember who I am|what was my name again|remember my name|which name did I give you]",
                 f"Your name is {who}.", f"Nice to meet you, {who}! How can I help you?"),
        "city": (f"[I live in {city}|my home is in {city}|I am from {city}|I come from {city}|my city is {city}|I moved to {city}]",
                 "[where do I live|where am I from|what is my city|which city do I live in|do you remember where I live|in which city do I live|where is my home|what city am I from]", f"You live in {city}.", f"{city} is a nice city!"),
        "job": (f"[I work as {article(job)}|I am {article(job)}|my job is {job}|I'm {article(job)}]",
                "[what is my job|what do I do|what do I work as|do you remember my job|what's my job|what do I do for work]", f"You work as {article(job)}.", f"It must be interesting to be {article(job)}!"),
        "food": (f"[I like {food}|I love {food}|my favourite food is {food}|I enjoy {food}|my favorite food is {food}]",
                 "[what do I like|what is my favourite food|what food do I like|which food do I like|do you remember what I like|what's my favorite food|what do I love]", f"You like {food}.", f"{food.capitalize()} sounds good!"),
        "colour": (f"[my favourite colour is {tint}|my favorite color is {tint}|I like the colour {tint}|the color I like most is {tint}]",
                   "[what is my favourite colour|what is my favorite color|which colour do I like|what colour do I like|do you remember my favorite color|what's my favorite color]", f"Your favourite colour is {tint}.", f"{tint.capitalize()} is a nice colour!"),
        "age": (f"[I am {n} years old|I'm {n} years old|my age is {n}|I am {n}|I turned {n} today]",
                "[how old am I|what is my age|do you know my age|do you remember how old I am|what's my age]", f"You are {n} years old.", f"{n} is a good age!"),
        "kin": (f"[my {kin} is called {pet}|I have a {kin} called {pet}|the name of my {kin} is {pet}|my {kin}'s name is {pet}|my {kin} is {pet}]",
                f"[what is the name of my {kin}|what is my {kin} called|what's my {kin}'s name|do you remember the name of my {kin}|how is my {kin} called|who is my {kin}]", f"Your {kin} is called {pet}.", f"{pet} is a nice name!"),
        "number": (f"[remember the number {n}|my number is {n}|my lucky number is {n}|keep the number {n} in mind|please remember {n}|the number is {n}|my favourite number is {n}]",
                   "[what is my number|which number did I tell you|what number did I give you|what was the number|what is my lucky number|do you remember the number|which number should you remember]", f"Your number is {n}.", f"I will remember the number {n}."),
        "code": (f"[the code word is {code}|my password is {code}|remember the word {code}|the secret word is {code}|my secret word is {code}|keep the word {code} in mind]",
                 "[what is the word|what is the code word|what is my secret word|which word did I tell you|do you remember the word|what was the secret word|which word should you remember]", f"The word is {code}.", f"I will remember the word {code}."),
        "pet": (f"[my {animal} is called {pet}|I have a {animal} called {pet}|the name of my {animal} is {pet}|I have a {animal} named {pet}|my {animal}'s name is {pet}]",
                f"[what is the name of my {animal}|what is my {animal} called|what's my {animal}'s name|do you remember the name of my {animal}|how is my {animal} called|what is my {animal}'s name]", f"Your {animal} is called {pet}.", f"{pet} is a nice name for a {animal}!"),
    }


def say(random, template):
    return careless(random, expand(random, template), verbatim=True)


def memory(random):
    """The user tells something, talks about other things and asks for it."""
    known = personal(random)
    kinds = random.sample(list(known), random.choice((1, 1, 1, 2, 3)))
    if random.random() < 0.6 and "name" not in kinds:
        kinds[0] = "name"
    out = []
    told = list(kinds)
    while told:
        if len(told) > 1 and random.random() < 0.4:
            a, b = known[told.pop(0)], known[told.pop(0)]
            out.append((expand(random, a[0]) + " and " + expand(random, b[0]), a[3]))
        else:
            k = known[told.pop(0)]
            extra = random.random()
            if extra < 0.12:  # a question in the same breath
                prompt, answer = turn(random)
                out.append((punctuated(random, k[0]) + " " + prompt, answer))
            else:
                out.append((say(random, k[0]), k[3]))
        if random.random() < 0.5:
            out.append(turn(random))
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        out.append(turn(random))
    random.shuffle(kinds)
    for k in kinds:
        out.append((say(random, known[k][1]), known[k][2]))
    if random.random() < 0.15:
        k = random.choice([k for k in known if k not in kinds] or ["name"])
        out.append((say(random, known[k][1]), known[k][2] if k in kinds else "You have not told me that."))
    return out


def punctuated(random, template):
    s = expand(random, template)
    return s[0].upper() + s[1:] + "."


def forgetful(random):
    """Asked for something nobody told."""
    k = random.choice(list(personal(random).values()))
    return [(say(random, k[1]), "You have not told me that.")]


def chain(random):
    """Questions about one concept after another, with follow-ups that only say "it"."""
    out = []
    for _ in range(random.choice((1, 1, 1, 2))):
        if out and random.random() < 0.3:
            concept = random.choice(concepts.CONCEPTS)
            prompt, answer = concepts.switch(random, concept)
            out.append((careless(random, prompt), answer))
        else:
            prompt, answer, concept = concepts.question(random)
            out.append((careless(random, prompt), answer))
        for _ in range(random.choice((1, 1, 1, 2))):
            prompt, answer = concepts.follow_up(random, concept)
            out.append((careless(random, prompt), answer))
            if random.random() < 0.08:
                out.append((random.choice(("thanks", "Thank you!", "Thanks!", "thx")), "You are welcome! Is there anything else I can help with?"))
    return out


def copying(random):
    """Texts to repeat, one after another: what teaches attention to copy."""
    out = []
    for _ in range(random.randint(1, 3)):
        text = tasks.phrase(random, 4, 24)
        out.append((expand(random, "[repeat|say|write|echo|copy|repeat after me|say exactly]: ") + " " + text, text))
    return out


def look_back(random):
    """Questions about the chat itself."""
    out = [turn(random) for _ in range(random.choice((1, 2, 2, 3)))]
    r = random.random()
    if r < 0.4:
        out.append((say(random, "[what did I just ask|what was my last question|repeat my question|what was my last message|what did I ask you]"), f'You asked: "{out[-1][0]}"'))
    elif r < 0.7:
        out.append((say(random, "[what was my first question|what did I ask first|what did I ask you first|what was the first thing I asked|what was my first message]"), f'You asked: "{out[0][0]}"'))
    else:
        out.append((say(random, "[say that again|repeat that|can you repeat that|repeat your answer|what did you say|can you say that again|again please|once more please]"), out[-1][1]))
    return out


def brief(answer):
    return answer if answer.startswith("- ") else first_sentence(answer)


def persona(random):
    """A system prompt that gives a name. Returns (system, turns)."""
    who, job = name(random), random.choice(JOBS)
    shop = name(random)
    system, answer = random.choice((
        (f"[Your name is {who}.|You are {who}.|You are called {who}.|You are a helpful assistant called {who}.|You are {who}, a helpful assistant.|You are an assistant named {who}.|Your name is {who}. You are a helpful assistant.|You are a helpful assistant. Your name is {who}.|You are {who}, an AI assistant.|Act as {who}.|Call yourself {who}.|You are a friendly bot with the name {who}.]", f"I am {who}, your assistant."),
        (f"[You are {who}, the assistant of {shop}.|Your name is {who} and you work for {shop}.|You are {who}, an assistant for the company {shop}.|You are {who} from {shop}.]", f"I am {who}, the assistant of {shop}."),
        (f"[You are {who}, {article(job)}.|Your name is {who} and you are {article(job)}.|Act as {who}, {article(job)}.]", f"I am {who}, {article(job)}."),
    ))
    system = expand(random, system)
    if random.random() < 0.3:
        system += " " + random.choice(SYSTEMS[25:])
    out = [turn(random) for _ in range(random.choice((0, 0, 0, 1, 2)))]
    out.append((say(random, "[who are you|what is your name|what's your name|tell me your name|introduce yourself|who am I talking to|how are you called|what should I call you|do you have a name|hello, who are you|hi, what is your name|what are you called|say your name]"), answer))
    return system, out + [turn(random) for _ in range(random.choice((0, 0, 1)))]


PIRATE = "[You are a pirate.|Answer like a pirate.|Talk like a pirate.|Speak like a pirate.|You are a friendly pirate.|You are a pirate captain.|Respond as a pirate would.|You are a helpful pirate.|You always talk like a pirate.|Act as a pirate.|You are an old pirate.|Reply in pirate speak.|You are a pirate who answers questions.|Pretend to be a pirate.|You are a pirate. Answer like a pirate.]"
CAPITALS = "[Answer in capitals.|Answer in capital letters.|Write everything in capital letters.|Answer in upper case.|Always answer in uppercase.|Use only capital letters.|You always shout in capital letters.|Reply in ALL CAPS.|Write in all caps.|Respond in uppercase only.|Use upper case letters only.]"
BRIEF = "[Be brief.|Be concise.|Answer briefly.|Answer in one sentence.|Keep your answers short.|Give short answers.|Answer in one short sentence.|You are a concise assistant.|Always answer in one sentence.|Use as few words as possible.|Reply with one sentence.|Be short.|You are a helpful assistant. Be brief.|You are a helpful assistant. Answer in one sentence.|You are a terse assistant.|Respond with a single sentence.|Keep it short.|Short answers only.|You answer in one sentence.]"
AS_JSON = """[Answer only in JSON.|Always answer in JSON.|Respond only with JSON.|You answer in JSON.|Reply with a JSON object with the key answer.|Answer with JSON like {"answer": "..."}.|You only speak JSON.|Return JSON only.|Output JSON with the field answer.|Respond in JSON.|Your answers must be valid JSON.|You are an API that answers in JSON.|Always reply with valid JSON.|Write your answer as JSON.]"""
LISTS = "[Answer with a list.|Answer in bullet points.|Always answer as a list.|Use bullet points.|Reply in bullet points.|Always use a bullet list.|Answer as a list.]"


def styled(random):
    """A system prompt, or a wish in the prompt itself, that changes every answer. Returns (system, turns)."""
    style = random.choice(("pirate", "capitals", "brief", "brief", "json", "list", "end", "start"))
    word = random.choice("Over.|Cheers!|Meow.|The end.|Have fun!|Peace.|Amen.|Beep.|Woof!|Thank you for asking.|Yours truly.|Goodbye!|Ha ha!|Okay.|Done.".split("|"))
    wish, change = {
        "pirate": (PIRATE, lambda a: f"Arr, matey! {a}"),
        "capitals": (CAPITALS, str.upper),
        "brief": (BRIEF, brief),
        "json": (AS_JSON, lambda a: json.dumps({"answer": first_sentence(a)}, ensure_ascii=False)),
        "list": (LISTS, None),
        "end": (f'[End every answer with "{word}"|Always end with "{word}"|Finish each answer with "{word}"|End your answers with: {word}|Every answer must end with "{word}"|Say "{word}" at the end of every answer.]', lambda a: f"{a} {word}"),
        "start": (f'[Start every answer with "{word}"|Always begin with "{word}"|Begin each answer with "{word}"|Start your answers with: {word}|Every answer must start with "{word}"|Say "{word}" before every answer.]', lambda a: f"{word} {a}"),
    }[style]
    wish = expand(random, wish)

    def one():
        while True:
            if style == "list":
                concept = random.choice(concepts.CONCEPTS)
                prompt, answer = concepts.ask(random, concept, "plain"), concept.answer("list")
                return careless(random, prompt), answer
            prompt, answer = turn(random)
            if style == "capitals":
                answer = first_sentence(answer)
            if style in ("brief", "json") and any(w in prompt.lower() for w in ("json", "list", "haiku", "poem", "story", "repeat")) or answer[0] in "{[" or style == "capitals" and len(answer) > 45:
                continue
            return prompt, change(answer)

    if random.random() < 0.25:  # the wish stands in the prompt and holds for this answer
        prompt, answer = one()
        prompt = f"{wish.rstrip('.')}: {prompt}" if random.random() < 0.4 else f"{prompt} {wish}" if random.random() < 0.5 else f"{wish} {prompt}"
        return neutral(random), [(prompt, answer)]
    system = wish
    if random.random() < 0.3:
        system = f"{random.choice(SYSTEMS[:14])} {wish}"
    return system, [one() for _ in range(random.choice((1, 1, 2, 3)))]


def informed(random):
    """A system prompt that holds facts for the answers. Returns (system, turns)."""
    _, answer, text, ask = tasks.context(random)
    system = random.choice(("{t}", "Context: {t}", "You know these facts: {t}", "You are a helpful assistant. Use this context: {t}", "Answer with this information: {t}", "Use the following context to answer the question: {t}", "Context:\n{t}", "You are a helpful assistant.\n\nContext:\n- {t}")).replace("{t}", text)
    out = [(careless(random, ask, verbatim=True), answer)]
    return system, ([turn(random)] if random.random() < 0.2 else []) + out


def conversation(random):
    """One conversation as [(role, text)] without any held-out question."""
    while True:
        messages = draw(random)
        if not any(role == "user" and key(text) in FORBIDDEN for role, text in messages):
            return messages


def draw(random):
    r = random.random()
    system = neutral(random)
    if random.random() < COPYING:
        out = copying(random)
    elif r < 0.62:
        out = [turn(random) for _ in range(random.choice((1, 1, 1, 1, 1, 2, 2, 3)))]
    elif r < 0.71:
        out = chain(random)
    elif r < 0.785:
        out = memory(random)
    elif r < 0.79:
        out = forgetful(random)
    elif r < 0.805:
        out = look_back(random)
    elif r < 0.85:
        system, out = persona(random)
    elif r < 0.93:
        system, out = styled(random)
    elif r < 0.985:
        system, out = informed(random)
    else:  # a long chat
        out = []
        for _ in range(random.randint(2, 5)):
            out += chain(random) if random.random() < 0.5 else [turn(random)]
        if random.random() < 0.5:
            known = random.choice(list(personal(random).values()))
            out = [(say(random, known[0]), known[3]), *out, (say(random, known[1]), known[2])]
    messages = [("system", system)] if system else []
    for prompt, answer in out:
        messages += [("user", prompt), ("assistant", answer)]
    return messages


if __name__ == "__main__":
    random = randomness.Random(1)
    for _ in range(40):
        print(*(f"{role}> {text}" for role, text in conversation(random)), sep="\n", end="\n\n")
