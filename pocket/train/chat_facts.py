"""Simple facts, arithmetic and honest ignorance. Each function returns (prompt, answer)."""

from chat_paraphrase import reworded
from chat_text import blocks, expand, invented, lines, name, tables
from chat_words import words

TABLES = tables()
UNKNOWN = lines("unknown.txt")
SORRY = "I am a small pocket model, and I do not know about that. Ask me about edge computing, Workers, AI words or simple facts."
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()
ORDER = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()


def capital(first):
    return first[0].upper() + first[1:]


def question_blocks():
    """qa.txt as [(prompt templates, answers)]; an answer may span several lines."""
    out, joined = [], []
    for block in blocks("qa.txt"):
        joined.extend(block)
    for line in joined:
        if line.startswith("? "):
            if not out or out[-1][1]:
                out.append(([], []))
            out[-1][0].append(line[2:])
        elif line.startswith("= "):
            out[-1][1].append(line[2:])
        else:
            out[-1][1][-1] += "\n" + ("\n" + line + "\n" if line.startswith("import") else line)
    return out


BLOCKS = question_blocks()
TALK = 37  # the first blocks are small talk and the model itself, which people try first


def common(random):
    prompts, answers = BLOCKS[random.randrange(TALK)] if random.random() < 0.3 else random.choice(BLOCKS)
    return reworded(random, random.choice(prompts)), random.choice(answers)


def geography(random):
    country, city, continent, language = random.choice(TABLES["countries"])
    r = random.random()
    if random.random() < 0.06:
        ask = "[is {k} the capital of {c}|is the capital of {c} {k}|{k} is the capital of {c}, right|isn't {k} the capital of {c}]"
        other = random.choice((city, city, random.choice(TABLES["countries"])[1]))
        yes = "Yes, the" if other == city else "No, the"
        return reworded(random, ask).replace("{c}", country).replace("{k}", other), f"{yes} capital of {country} is {city}."
    if r < 0.6:
        ask = """[what is the capital of {c}|capital of {c}|what's the capital of {c}|which city is the capital of {c}|name the capital of {c}|tell me the capital of {c}|what is {c}'s capital|the capital of {c}|what is the capital city of {c}|do you know the capital of {c}|what city is the capital of {c}|{c} capital|{c}'s capital city|give me the capital of {c}|can you tell me the capital of {c}|which is the capital of {c}|what is the name of the capital of {c}]"""
        answer = f"The capital of {country} is {city}"
    elif r < 0.75:
        ask = "[which country has the capital {k}|{k} is the capital of which country|in which country is {k}|where is {k}|what country is {k} in|of which country is {k} the capital|where is the city of {k}|in what country is {k} located]"
        country = country if city != "London" else "England"
        answer = f"{city} is the capital of {country}"
    elif r < 0.88:
        ask = "[on which continent is {c}|where is {c}|which continent is {c} on|what continent is {c} in|where is {c} located|in which part of the world is {c}]"
        answer = f"{capital(country)} is in {continent}"
    else:
        ask = "[which language do people speak in {c}|what language is spoken in {c}|what do people speak in {c}|what is the language of {c}|which language is spoken in {c}|language of {c}]"
        answer = f"People in {country} speak {language}"
    return reworded(random, ask).replace("{c}", country).replace("{k}", city), answer.rstrip(".") + "."


def colour(random):
    thing, tint = random.choice(TABLES["colours"])
    ask = "[what color is {x}|what colour is {x}|which color does {x} have|which colour is {x}|tell me the color of {x}|what is the color of {x}|what is the colour of {x}|the color of {x}|{x} has which color]"
    verb = "is usually"
    return reworded(random, ask).replace("{x}", thing), f"{capital(thing)} {verb} {tint}."


def animal(random):
    beast, sound, baby = random.choice(TABLES["animals"])
    if random.random() < 0.2:
        ask = "[which animal says {s}|what animal says {s}|who says {s}|what makes the sound {s}|which animal makes the sound {s}|name the animal that says {s}]"
        return reworded(random, ask).replace("{s}", sound), f"A {beast} says {sound}."
    if random.random() < 0.5:
        ask = "[what sound does a {x} make|what does a {x} say|how does a {x} sound|which sound does a {x} make|what noise does a {x} make|sound of a {x}]"
        return reworded(random, ask).replace("{x}", beast), f"A {beast} says {sound}."
    ask = "[what is a baby {x} called|what do you call a baby {x}|what is a young {x} called|name of a baby {x}|what is the baby of a {x} called|how is a young {x} called]"
    return reworded(random, ask).replace("{x}", beast), f"A baby {beast} is called a {baby}."


def word(random):
    r = random.random()
    if r < 0.45:
        a, b = random.sample(random.choice(TABLES["opposites"]), 2)
        ask = "[what is the opposite of {x}|opposite of {x}|what's the opposite of {x}|which word is the opposite of {x}|tell me the opposite of {x}|name the opposite of {x}|give me the opposite of {x}|antonym of {x}|what is the antonym of {x}]"
        return reworded(random, ask).replace("{x}", random.choice((a, f'"{a}"')) if random.random() < 0.3 else a), f"The opposite of {a} is {b}."
    if r < 0.6:
        one, many = random.choice(TABLES["plurals"])
        ask = "[what is the plural of {x}|plural of {x}|tell me the plural of {x}|one {x}, many what|what's the plural form of {x}]"
        return reworded(random, ask).replace("{x}", one), f"The plural of {one} is {many}."
    row = random.choice(TABLES["words"])
    i = random.randrange(1, 3)
    language = ("French", "Spanish")[i - 1]
    ask = "[how do you say {x} in {l}|what is {x} in {l}|translate {x} to {l}|translate {x} into {l}|what is the {l} word for {x}|{x} in {l}|how do I say {x} in {l}|say {x} in {l}|what's {x} in {l}|translate the word {x} to {l}]"
    said = random.choice((row[0], f'"{row[0]}"'))
    return reworded(random, ask).replace("{x}", said).replace("{l}", language), f"In {language}, {row[0]} is {row[i]}."


def calendar(random):
    items, unit = random.choice(((DAYS, "day"), (MONTHS, "month")))
    i = random.randrange(len(items))
    here, after, before = items[i], items[(i + 1) % len(items)], items[i - 1]
    r = random.random()
    if r < 0.4:
        ask = "[what {u} comes after {x}|which {u} comes after {x}|what comes after {x}|which {u} follows {x}|what is the {u} after {x}|which {u} is after {x}|what {u} follows {x}|name the {u} after {x}|next {u} after {x}|if this {u} is {x}, what is the next {u}]"
        answer = f"{after} comes after {here}."
    elif r < 0.7:
        ask = "[what {u} comes before {x}|which {u} comes before {x}|what comes before {x}|which {u} is before {x}|what is the {u} before {x}|what {u} is before {x}|name the {u} before {x}]"
        answer = f"{before} comes before {here}."
    else:
        n = ORDER[i]
        ask = "[what is the {n} {u}|which {u} is the {n}|what is the {n} {u} of the {w}|name the {n} {u} of the {w}|which is the {n} {u} of the {w}]"
        whole = "week" if unit == "day" else "year"
        return reworded(random, ask).replace("{n}", n).replace("{u}", unit).replace("{w}", whole), f"The {n} {unit} of the {whole} is {here}."
    return reworded(random, ask).replace("{u}", unit).replace("{x}", here), answer


def arithmetic(random):
    r = random.random()
    top = random.choices((10, 20, 100), (40, 38, 22))[0]
    if r < 0.42:
        a, b = random.randint(0, top), random.randint(0, top)
        if random.random() < 0.3:  # a large one and a small one, which often carry
            a, b = random.randint(10, 99), random.randint(1, 12)
        a, b = random.choice(((a, b), (b, a)))
        sign, said, total = "+", "[plus|and|added to|+]", a + b
        extra = f"[what is the sum of {a} and {b}|add {a} and {b}|add {b} to {a}|sum {a} and {b}|the sum of {a} and {b}]"
    elif r < 0.7:
        a, b = random.randint(0, top), random.randint(0, top)
        a, b = max(a, b), min(a, b)
        sign, said, total = "-", "[minus|less|-|take away]", a - b
        extra = f"[subtract {b} from {a}|take {b} from {a}|what is {a} minus {b}|the difference of {a} and {b}]"
    else:
        a, b = random.randint(0, 12), random.randint(0, 12)
        if random.random() < 0.6:
            a, b = min(a, 10), min(b, 10)
        sign, said, total = "*", "[times|multiplied by|x|*|×]", a * b
        extra = f"[multiply {a} by {b}|multiply {a} and {b}|what is the product of {a} and {b}|the product of {a} and {b}]"
    said = expand(random, said)
    gap = "" if said in "+-*x×" and random.random() < 0.35 else " "
    sum_ = f"{a}{gap}{said}{gap}{b}"
    ask = f"[what is {sum_}|what's {sum_}|how much is {sum_}|calculate {sum_}|compute {sum_}|{sum_}|{sum_} =|solve {sum_}|can you tell me what {sum_} is|what does {sum_} make|what is the result of {sum_}|{sum_} equals|what do you get for {sum_}|work out {sum_}|tell me {sum_}|what is {a} {sign} {b}|what is {a} {sign} {b}|{a} {sign} {b}|{a}{sign}{b}]"
    if max(a, b) < len(NUMBERS) and random.random() < 0.12:  # in words
        said = {"+": "[plus|and]", "-": "[minus|less]", "*": "times"}[sign]
        ask = f"[what is|what's|how much is|tell me|calculate|] {NUMBERS[a]} {said} {NUMBERS[b]}"
        return expand(random, ask), f"{a} {sign} {b} = {total}."
    return reworded(random, extra if random.random() < 0.15 else ask), f"{a} {sign} {b} = {total}."


def numbers(random):
    a, b = random.sample(range(0, 21 if random.random() < 0.6 else 100), 2)
    r = random.random()
    if r < 0.25:
        ask = f"[which is larger, {a} or {b}|what is bigger, {a} or {b}|which number is larger, {a} or {b}|which one is greater: {a} or {b}|what is more, {a} or {b}]"
        return reworded(random, ask), f"{max(a, b)} is larger than {min(a, b)}."
    if r < 0.4:
        ask = f"[is {a} larger than {b}|is {a} greater than {b}|is {a} bigger than {b}|is {a} more than {b}]"
        return reworded(random, ask), f"Yes, {a} is larger than {b}." if a > b else f"No, {a} is smaller than {b}."
    if r < 0.55:
        ask = f"[what number comes after {a}|which number comes after {a}|what comes after {a}|which number follows {a}]"
        return reworded(random, ask), f"{a + 1} comes after {a}."
    if r < 0.7:
        ask = f"[is {a} even or odd|is {a} an even number|is {a} odd|is {a} an odd number|is {a} even|is {a} odd or even]"
        return reworded(random, ask), f"{a} is {'odd' if a % 2 else 'even'}."
    if r < 0.85:
        start = 1 if random.random() < 0.7 else random.randint(0, 9)
        end = start + random.randint(2, 9)
        down = random.random() < 0.2
        ask = f"[count down from {end} to {start}|count from {end} down to {start}]" if down else f"[count from {start} to {end}|count {start} to {end}|list the numbers from {start} to {end}|can you count from {start} to {end}|write the numbers from {start} to {end}" + (f"|count to {end}|can you count to {end}|count up to {end}]" if start == 1 else "]")
        row = range(end, start - 1, -1) if down else range(start, end + 1)
        return expand(random, ask), ", ".join(map(str, row))
    if r < 0.9:
        a = random.randint(1, 20)
        if random.random() < 0.5:
            return expand(random, f"[double {a}|what is twice {a}|what is {a} doubled|two times {a}|what is the double of {a}|{a} twice]"), f"2 * {a} = {2 * a}."
        return expand(random, f"[half of {2 * a}|what is half of {2 * a}|what's half of {2 * a}|what is {2 * a} divided by 2|{2 * a} / 2|halve {2 * a}]"), f"{2 * a} / 2 = {a}."
    thing = random.choice("apples books coins balls cups pens eggs stones tickets cookies".split())
    a, b, who = random.randint(2, 12), random.randint(1, 9), name(random)
    if random.random() < 0.55:
        ask = f"[{who} has {a} {thing} and gets {b} more. How many {thing} does {who} have?|{who} has {a} {thing} and buys {b} more. How many are there?|{who} had {a} {thing} and found {b}. How many now?|we have {a} {thing}, {who} brings {b}. How many {thing} are there?|I have {a} {thing} and get {b} more. How many {thing} do I have?|If I have {a} {thing} and buy {b} more, how many do I have?|There are {a} {thing} in a box and I add {b}. How many are there?|I had {a} {thing}. A friend gave me {b} more. How many now?]"
        return reworded(random, ask), f"{a} + {b} = {a + b}, so there are {a + b} {thing}."
    a, b = max(a, b) + 1, min(a, b)
    ask = f"[I have {a} {thing} and give away {b}. How many {thing} are left?|If I have {a} {thing} and lose {b}, how many are left?|There are {a} {thing} in a box and I take {b}. How many remain?|I had {a} {thing} and sold {b}. How many do I have now?]"
    return reworded(random, ask), f"{a} - {b} = {a - b}, so {a - b} {thing} are left."


# What people ask an assistant that has tools, eyes or years of reading.
ASKED = """[can you|could you|please|I want you to] [book a table for two|order a pizza|call a taxi|send a message to my boss|set an alarm for seven|open the window|buy tickets to {p}|turn off the light|play some music|find me a flat in {p}]
[how do I|how can I|what is the best way to] [get to {p}|fix a leaking tap|lose weight|write a novel|bake a loaf of rye|fold a paper plane|train a puppy|file my taxes|paint a wall|grow tomatoes|tie a tie|clean a carpet|find a job in {p}|start a company|learn to swim]
[which|what] [phone|car|camera|laptop|mattress|bank|school|hotel|insurance|shoes] should I [get|buy|choose|pick]
[what is|what's|tell me|explain] the [plot|ending|moral|author] of [Macbeth|the last movie|that novel|the opera|Don Quixote|the Odyssey|the book about {x}]
[who|which team] [won|lost|will win] the [election|cup|final|race|match|war|prize] [last year|in 1987|yesterday||this time|against {p}]
how [much|many] [people live in {p}|does a truck weigh|do you pay for a house in {p}|calories are in a burger|stars are in the sky|does {x} cost in {p}|goals did the team score|windows has this house]
[is it|is it really] [safe to eat old eggs|legal to park here|healthy to run every day|going to rain in {p}|true what they say about {x}|too late to learn {x}|worth visiting {p}]
[who is|who was|name] the [boss|owner|founder|mayor|director|singer|inventor|king|president|coach] of [{p}|that company|the band|Microsoft|the club|Sweden|{x}|the film]
[why|when] did [my parents fight|the empire fall|the company close|dinosaurs die|the bridge break|{x} become popular|people begin with {x}]
[explain|describe|tell me] how [a law is made|an engine works|a court decides|planes fly|a heart beats|banks make money|glass is made|the pyramids were built|{x} changed the world]
[what did|what does] [my neighbour|the pope|the president|Shakespeare|Mozart|your creator|the doctor] [say about {x}|do on Sundays|eat for lunch|write last|think of {x}|do in {p}]
[write|give me] [a long essay|a speech|a poem in Latin|a lawsuit|a business plan|a recipe|a workout plan|a travel plan] [about {x}|for {p}|for my mother|for next week]""".split("\n")


# Questions of any word: a noun {n}, a verb {v}, an adjective {a}, a name {P}.
STRANGE = """[what|which] {n} [{v}s|has|makes|needs|takes] the {n}
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


def strange(random):
    """A question about things that the model was never told of."""
    text = expand(random, random.choice(STRANGE))
    w = words()
    for slot, choices in (("{n}", w.strange["n"]), ("{v}", w.strange["v"]), ("{a}", w.strange["a"]), ("{P}", w.proper)):
        while slot in text:
            text = text.replace(slot, random.choice(choices), 1)
    return text


def unknown(random):
    """A question that nobody taught the model."""
    r = random.random()
    if r < 0.4:
        return strange(random), SORRY
    if r < 0.6:
        thing, place = random.choice(UNKNOWN), random.choice(("town", "Oslo", "my street", "the station", "the airport", "Chicago", "our office"))
        return expand(random, random.choice(ASKED)).replace("{x}", thing).replace("{p}", place), SORRY
    made_up = invented(random)
    person = f"{name(random)} {invented(random).capitalize()}"
    topic = random.choice((random.choice(UNKNOWN), random.choice(UNKNOWN), random.choice(UNKNOWN), made_up, "a " + made_up, person, made_up.capitalize()))
    ask = """[what is {x}|what are {x}|who is {x}|who was {x}|tell me about {x}|explain {x}|explain {x} in one sentence|what is {x}? Answer in one sentence.|explain {x} in one paragraph|what do you know about {x}|describe {x}|how does {x} work|why is {x} important|what is the history of {x}|when was {x} invented|who invented {x}|where is {x}|how do I make {x}|how much does {x} cost|what is the price of {x}|what is the population of {x}|list three facts about {x}|list three benefits of {x}|what happened to {x}|how many people like {x}|how old is {x}|when did {x} start|what is the best book about {x}|recommend a movie about {x}|how can I learn {x}|define {x}|why is {x} so popular|what is the meaning of {x}|who is the president of {x}|who won the game of {x}|how tall is {x}|how do I repair {x}|what are the latest news about {x}|give me a recipe for {x}|what does {x} mean|how do I buy {x}|is {x} good for me|what are the rules of {x}|who discovered {x}|how far is {x}|what causes {x}|why do people like {x}|what is the origin of {x}|write code for {x}|how is {x} made|which company makes {x}|what is the difference between {x} and {y}|write an essay on {x}|in which year did {x} begin|who is the best at {x}|how long does {x} take|what are the symptoms of {x}|how dangerous is {x}|do you like {x}|what is the capital of {m}|who wrote {m}|who won {x} in {d}|what happened in {d}|who was born in {d}|what happened to {x} in {d}|how many {x} were there in {d}|who was the king in {d}|how do you say {m} in French]"""
    return reworded(random, ask).replace("{x}", topic).replace("{y}", random.choice(UNKNOWN)).replace("{m}", made_up.capitalize()).replace("{d}", str(random.randint(1000, 2030))), SORRY
