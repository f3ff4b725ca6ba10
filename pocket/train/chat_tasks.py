"""Small jobs on text that the user gives: copy, greet, sum up, fill JSON, read a context. Returns (prompt, answer)."""

import json

from chat_concepts import CONCEPTS
from chat_paraphrase import reworded
from chat_text import CITIES, COLOURS, FOODS, HOBBIES, JOBS, THINGS, TOPICS, WORDS, article, expand, invented, name


def phrase(random, low=1, high=12):
    """Words without sense, so that only copying helps."""
    strange = random.choice((0, 0.1, 0.5))

    def word():
        if random.random() < strange:
            return random.choice((name(random), invented(random), str(random.randint(0, 999))))
        return random.choice(random.choice((WORDS, THINGS, FOODS, COLOURS, HOBBIES)))

    return " ".join(word() for _ in range(random.randint(low, high)))


def repeat(random):
    text = random.choice((phrase(random), phrase(random), random.choice(CONCEPTS).example[13:], f"my name is {name(random)}", f"Hello, {name(random)}!"))
    ask = random.choice(("[repeat after me|say|repeat|write|please say|echo|repeat this|say exactly|repeat the following|copy this|say only|reply with|output only|respond with|just say|write exactly]: {x}",
                         '[repeat|say|write|echo|please say|reply with|respond with|say the words|repeat the words|reply only with|say exactly|just say] "{x}"'))
    return reworded(random, ask).replace("{x}", text), text


def greet(random):
    who = name(random)
    r = random.random()
    if r < 0.6:
        return reworded(random, f"[say hello to {who}|say hi to {who}|greet {who}|greet my friend {who}|please say hello to {who}|can you greet {who}|write a greeting for {who}|say hello to my friend {who}|welcome {who}|say good morning to {who}|give {who} a greeting|my friend {who} is here. Say hello.|say hello to {who} in one sentence]"), f"Hello, {who}! Nice to meet you."
    if r < 0.75:
        return expand(random, f"[say goodbye to {who}|say bye to {who}|write a goodbye to {who}]"), f"Goodbye, {who}! Have a nice day."
    if r < 0.9:
        return expand(random, f"[thank {who}|say thank you to {who}|write a thank you note to {who}|thank my friend {who}]"), f"Thank you, {who}! You are very kind."
    return expand(random, f"[wish {who} a happy birthday|write a birthday message for {who}|congratulate {who}|write a birthday card for {who}]"), f"Happy birthday, {who}! I wish you a wonderful day."


def invitation(random):
    who = name(random)
    what = random.choice("a party|a meeting|dinner|lunch|a talk|the demo|a picnic|coffee|a concert".split("|"))
    return expand(random, f"[write an email to {who} about {what}|write a short email inviting {who} to {what}|invite {who} to {what}|write an invitation to {what} for {who}|write a message to {who} about {what}]"), f"Hello {who},\n\nI would like to invite you to {what}. I hope you can come.\n\nBest wishes"


def topic(random):
    t = random.choice(TOPICS).replace("_", " ") if random.random() < 0.75 else random.choice(THINGS + FOODS + HOBBIES)
    return random.choice(CONCEPTS).name if random.random() < 0.15 else t


def bare(t):
    for a in ("the ", "a ", "an "):
        if t.startswith(a):
            return t[len(a) :]
    return t


def poem(random):
    t = topic(random)
    r = random.random()
    if r < 0.4:
        return expand(random, f"[write a haiku about {t}|haiku about {t}|a haiku on {t} please|can you write a haiku about {t}|compose a haiku about {t}|give me a haiku about {t}|write me a haiku on {t}|make a haiku about {t}|write a three line poem about {t}]"), f"Quiet {bare(t)},\na small light in the morning,\nand the world is calm."
    if r < 0.8:
        return expand(random, f"[write a poem about {t}|write a short poem about {t}|poem about {t}|a short poem on {t} please|can you write a poem about {t}|compose a poem about {t}|give me a poem about {t}|write me a little poem about {t}|make a poem on {t}|write a rhyme about {t}|write a song about {t}|write four lines about {t}]"), f"I think of {t} each day,\nit never feels too far away.\nIt brings a smile, it brings a song,\nand keeps me happy all day long."
    if r < 0.9:
        return expand(random, "[write a haiku|a haiku please|give me a haiku|can you write a haiku|compose a haiku]"), "Quiet morning light,\na small model wakes and thinks,\nand the world is calm."
    return expand(random, "[write a poem|a poem please|give me a poem|can you write a poem|write a short poem|compose a poem|write me a poem]"), "I think of you each day,\nyou never feel too far away.\nYou bring a smile, you bring a song,\nand keep me happy all day long."


def story(random):
    t = topic(random)
    ask = f"[tell me a story about {t}|write a story about {t}|write a short story about {t}|a story about {t} please|make up a story about {t}|tell a short story about {t}|can you tell me a story about {t}]"
    return expand(random, ask), f"Once upon a time there was a child who loved {t}. One day the child met a kind stranger who loved {t} too. They became friends for life."


def sentences(random):
    """A few plain sentences about somebody."""
    who, city = name(random), random.choice(CITIES)
    out = [random.choice((f"{who} lives in {city} and works as {article(random.choice(JOBS))}.",
                          f"{who} went to {city} to buy {article(random.choice(THINGS))}.",
                          f"The {random.choice(WORDS[:14])} {random.choice(THINGS)} was lost in {city}.",
                          f"{who} opened a small shop in {city} last year.",
                          f"The team in {city} released a new version today.",
                          f"{who} likes {random.choice(FOODS)} more than {random.choice(FOODS)}."))]
    rest = [f"It was a {random.choice('warm cold long quiet busy'.split())} day.", f"Many people came to see it.", f"{name(random)} helped with the work.",
            f"The price was {random.randint(2, 99)} dollars.", f"In the evening there was {random.choice(FOODS)} for everybody.", "Nobody knows what will happen next.",
            f"Later they met {name(random)}.", "It took three hours.", "Everybody was happy with the result.", "The weather was good."]
    return out + random.sample(rest, random.randint(1, 4))


def summary(random):
    if random.random() < 0.35:
        c = random.choice(CONCEPTS)
        text, short = random.choice((f"{c.what} {c.detail} {c.also}", f"{c.what} {c.detail} {c.also} {c.why}")), c.what
    else:
        s = sentences(random)
        text, short = " ".join(s), s[0]
    ask = "[summarise|summarize|summarise this|summarize this|summarise this text|summarize the following text|sum up|please summarise|summarise the text|summarise in one sentence|summarize in one sentence|give me a summary of this text|write a summary|tl;dr|can you summarize this text|shorten this text|what is the main point of this text]"
    if random.random() < 0.15:
        return f"{text}\n\n{expand(random, '[summarise this|summarize the text above|tl;dr|sum this up|summarise that in one sentence]')}", short
    return f"{reworded(random, ask)}: {text}" if random.random() < 0.6 else f"{reworded(random, ask)}:\n\n{text}", short


def sentiment(random):
    good = random.random() < 0.5
    thing = random.choice(THINGS + FOODS + ["film", "movie", "hotel", "service", "product", "app", "restaurant", "show", "food", "place"])
    feel = "love|like|really enjoy|am happy with|recommend|adore" if good else "hate|dislike|cannot stand|am unhappy with|would never buy|regret buying"
    is_ = "great|wonderful|excellent|amazing|fantastic|very good|perfect|lovely|brilliant" if good else "terrible|awful|bad|horrible|very bad|broken|a waste of money|disappointing|the worst"
    text = expand(random, random.choice((f"I [{feel}] this {thing}", f"this {thing} is [{is_}]", f"the {thing} was [{is_}]", f"what a [{is_.split('|a waste')[0]}] {thing}", f"I [{feel}] the {thing}, it is [{is_}]", f"we [{feel.replace('am ', 'are ')}] it")))
    text = random.choice((text, text + "!", f'"{text}"', text + "."))
    ask = random.choice(("[is this positive or negative|classify the sentiment|what is the sentiment|positive or negative|sentiment|classify this review|what is the sentiment of this text|is this review positive or negative|is this review good or bad|good or bad|is this text happy or angry|did the writer like it|tell me the sentiment|classify this text as positive or negative|analyse the sentiment]: {x}", "{x} [Is that positive or negative?|Positive or negative?|What is the sentiment?]"))
    return reworded(random, ask).replace("{x}", text), "Positive." if good else "Negative."


FIELDS = {
    "name": name, "age": lambda r: r.randint(1, 99), "city": lambda r: r.choice(CITIES), "job": lambda r: r.choice(JOBS),
    "colour": lambda r: r.choice(COLOURS), "color": lambda r: r.choice(COLOURS), "food": lambda r: r.choice(FOODS), "hobby": lambda r: r.choice(HOBBIES),
    "price": lambda r: r.randint(1, 99), "id": lambda r: r.randint(1, 99), "product": lambda r: r.choice(THINGS), "country": lambda r: r.choice(("France", "Japan", "Brazil", "Kenya", "Italy")),
}


def fill_json(random):
    """Facts in prose or in a list become a JSON object."""
    who, age, city, job = name(random), random.randint(1, 99), random.choice(CITIES), random.choice(JOBS)
    r = random.random()
    if r < 0.3:
        text = expand(random, f"[{who} is {age} years old.|{who} is {age}.|{who}, {age}|name {who}, age {age}|{who} is aged {age}|name: {who}, age: {age}|My name is {who} and I am {age}.|I am {who}, {age} years old.]")
        out = {"name": who, "age": age}
    elif r < 0.45:
        text = expand(random, f"[{who} lives in {city}.|{who} from {city}|name {who}, city {city}|{who} comes from {city}.|My name is {who} and I live in {city}.]")
        out = {"name": who, "city": city}
    elif r < 0.6:
        text = expand(random, f"[{who} is {age} years old and lives in {city}.|{who}, {age}, {city}|name {who}, age {age}, city {city}|{who} from {city} is {age} years old.]")
        out = {"name": who, "age": age, "city": city}
    elif r < 0.7:
        text = expand(random, f"[{who} works as {article(job)}.|{who} is {article(job)}.|name {who}, job {job}]")
        out = {"name": who, "job": job}
    else:
        keys = random.sample(list(FIELDS), random.randint(1, 4))
        out = {k: FIELDS[k](random) for k in keys}
        text = random.choice((", ", " and ", "; ")).join(f"{k} {v}" for k, v in out.items())
        text = text if random.random() < 0.6 else ", ".join(f"{k}: {v}" for k, v in out.items())
    fields = random.choice((", ", " and ")).join(out) if len(out) == 2 else ", ".join(out)
    ask = random.choice(("[return JSON with {f}|return a JSON object with {f}|give me JSON with {f}|extract {f} as JSON|extract {f} as JSON from this text|write JSON with the fields {f}|answer in JSON with {f}|create a JSON object with {f}|output JSON with keys {f}|make JSON with {f}]: {x}",
                         "[return JSON with {f} for|give me a JSON object with {f} for] {x}",
                         "[turn this into JSON|convert to JSON|write as JSON|as JSON|make a JSON object|convert this to JSON|return as JSON|JSON for this|put this into JSON|return a JSON object with|create JSON with|give me a JSON object with|write a JSON object with|give me JSON for a person|JSON of this person]: {x}",
                         "[return JSON with|create a JSON object with|give me JSON with|write a JSON object with|make JSON with] {x}",
                         "{x} [Return {f} as JSON.|Give me that as JSON.|Write it as JSON.|Extract the {f} as JSON.|As JSON please.]"))
    return reworded(random, ask).replace("{f}", fields).replace("{x}", text), json.dumps(out, ensure_ascii=False)


def make_json(random):
    """No facts given: a fixed example."""
    r = random.random()
    if r < 0.5:
        example = {"name": "Ada", "age": 36, "city": "London", "job": "programmer"}
        keys = ["name", "age"] if random.random() < 0.5 else random.sample(list(example), random.randint(1, 4))
        fields = " and ".join(keys) if len(keys) == 2 else ", ".join(keys)
        ask = f"[return JSON with {fields}|return a JSON object with {fields}|give me JSON with {fields}|generate JSON with {fields}|write a JSON object with {fields}|return a user as JSON with {fields}|return JSON with {fields} of a person|return a JSON object with the fields {fields}|make up a person as JSON with {fields}|give me an example of JSON with {fields}|describe a person in JSON with {fields}|return JSON with {fields} of a famous programmer]"
        return expand(random, ask), json.dumps({k: example[k] for k in keys})
    lists = {"colors": ["red", "green", "blue"], "colours": ["red", "green", "blue"], "fruits": ["apple", "banana", "orange"], "animals": ["cat", "dog", "horse"],
             "cities": ["London", "Paris", "Tokyo"], "countries": ["France", "Japan", "Brazil"], "numbers": [1, 2, 3], "programming languages": ["Go", "Python", "JavaScript"],
             "days": ["Monday", "Tuesday", "Wednesday"], "planets": ["Mercury", "Venus", "Earth"]}
    if r < 0.8:
        kind = random.choice(list(lists))
        return expand(random, f"[return three {kind} as a JSON array|give me a JSON list of three {kind}|list three {kind} as JSON|return a JSON array of {kind}|JSON array of three {kind}|write {kind} as a JSON array|three {kind} in JSON|give me three {kind} as JSON]"), json.dumps(lists[kind])
    return expand(random, "[return some JSON|give me some JSON|write a JSON object|return a JSON object|show me JSON|answer in JSON|give me an example of a JSON object|write valid JSON|generate a JSON object|give me an example of JSON]"), '{"name": "Ada", "age": 36}'


def context(random):
    """A question that only the given text answers. Returns (prompt, answer, context, question)."""
    facts, used = [], set()
    for _ in range(random.randint(1, 5)):
        n = name(random)
        if n in used:
            continue
        used.add(n)
        kind = random.randrange(9)
        city, job, thing, food, tint, k = random.choice(CITIES), random.choice(JOBS), random.choice(THINGS), random.choice(FOODS), random.choice(COLOURS), random.randint(1, 99)
        facts.append((
            (f"{n} lives in {city}.", f"[where does {n} live|in which city does {n} live|what is the home of {n}|which city does {n} live in]"),
            (f"{n} works as {article(job)}.", f"[what does {n} do|what is the job of {n}|what is {n}'s job|what does {n} work as]"),
            (f"The {thing} of {n} costs {k} dollars.", f"[how much does the {thing} of {n} cost|what is the price of the {thing} of {n}|what does the {thing} of {n} cost]"),
            (f"{n} likes {food}.", f"[what does {n} like|which food does {n} like|what food does {n} like]"),
            (f"The favourite colour of {n} is {tint}.", f"[what is the favourite colour of {n}|what is the favorite color of {n}|which colour does {n} like|what is {n}'s favorite color]"),
            (f"{n} is {k} years old.", f"[how old is {n}|what is the age of {n}|what age is {n}]"),
            (f"The shop of {n} opens at {k % 12 + 1} o'clock.", f"[when does the shop of {n} open|at what time does {n}'s shop open|when does {n} open the shop|when does the shop open]"),
            (f"The {thing} of {n} is {tint}.", f"[what colour is the {thing} of {n}|what color is the {thing} of {n}|which colour has the {thing} of {n}]"),
            (f"{n} was born in {city}.", f"[where was {n} born|in which city was {n} born|what is the birthplace of {n}]"),
        )[kind])
    text = " ".join(f for f, _ in facts)
    answer, ask = random.choice(facts)
    if random.random() < 0.12:
        answer, ask = "The text does not say that.", f"[where does {name(random)} live|how old is {name(random)}|what does {name(random)} like|when does the train leave|who is the owner]"
        if any(n in ask for n in used):
            answer, ask = random.choice(facts)
    ask = expand(random, ask)
    ask = ask[0].upper() + ask[1:] + "?"
    layout = random.choice(("Context: {t}\n\nQuestion: {q}", "Context:\n{t}\n\nQuestion: {q}", "Use this text to answer: {t}\n\n{q}", "{t} {q}", "{t}\n\n{q}", "Read this: {t} {q}", "Text: {t}\nQuestion: {q}",
                            "Answer the question with the context.\nContext: {t}\nQuestion: {q}", "Here are some facts: {t} {q}", "{q}\n\nContext: {t}", "Context: {t}\n\nQuestion: {q}\nAnswer:", "Based on this text: {t} {q}"))
    return layout.replace("{t}", text).replace("{q}", ask), answer, text, ask


TASKS = [(repeat, 12), (greet, 8), (invitation, 3), (poem, 10), (story, 4), (summary, 10), (sentiment, 7), (fill_json, 14), (make_json, 6), (lambda r: context(r)[:2], 12)]


def task(random):
    make = random.choices([t for t, _ in TASKS], [w for _, w in TASKS])[0]
    return make(random)
