"""Questions and answers about the concepts of chat/concepts.txt."""

import json

from chat_paraphrase import reworded
from chat_text import blocks, expand, article

SAY = {
    "plain": """[what is|what's|what are|explain|define|describe|tell me about|can you explain|could you explain|do you know|what does {x} mean|what do you know about|please explain|give me an overview of|talk about|I want to know about|I would like to learn about|teach me|introduce me to|tell me what {x} is|tell me something about|help me understand|explain to me|what exactly is|what is meant by|what do people mean by|how would you describe|how do you explain|how would you define|have you heard of|what's the meaning of|what is the definition of|give me a definition of|meaning of|definition of|I have heard of {x}. What is it|I keep hearing about {x}. What is that|what is this {x} thing|in your own words, what is|how does {x} work|what does {x} do|what is {x} for|what is {x} about|what is the idea of|what is the idea behind|what is the purpose of|what do I need {x} for|what is the point of|what is {x} used for|who uses|write about|give me some information on|say something about|info on|any idea what {x} is|people at work mention {x}. What is it|my friend told me about {x}. What is that|what kind of thing is {x} in general|what would {x} be in tech|what on earth is {x}|is {x} something I should know|remind me what {x} is|I forgot what {x} is|I need to understand {x}|{x}, what is that|{x}? What is that|so {x} is what|describe to a colleague what {x} is|how would an expert explain {x}|what can you say about {x}|what is so special about {x}|where is {x} used|when do I need {x}|what happens with {x}|what role does {x} have|clarify {x}|clear up what {x} is|what am I to think of {x}|lecture me on {x}|make me understand {x}|fill me in on {x}|who needs {x}|what is known about {x}|is {x} a good thing? What is it|how does one define {x}|what does the word {x} stand for|what does {x} stand for|in computing, what is {x}|on the web, what is {x}|in AI, what is {x}|what are people doing with {x}|what does it mean to use {x}|I saw the word {x}. What does it mean|they offered me {x}. What is it|we plan to use {x}. What is it|can you tell me what {x} is|can you tell me about|can you describe|could you tell me about|mind explaining|I don't know what {x} is|I don't understand|I am new to {x}. What is it|]""",
    "sentence": """[What is {x}? Answer in one sentence.|Explain {x} in one sentence.|Describe {x} in one sentence.|In one sentence, what is {x}?|Define {x} in one sentence.|{x} in one sentence|Give me a one-sentence definition of {x}.|What is {x}, in a single sentence?|What is {x}? One sentence please.|Tell me in one sentence what {x} is.|Briefly, what is {x}?|What is {x}? Be brief.|In short, what is {x}?|Explain {x} briefly.|Give a short definition of {x}.|What is {x}? Keep it short.|Short answer: what is {x}?|Sum up {x} in a sentence.|Summarise {x} in one sentence.|Use one sentence to explain {x}.|One line about {x}|Quickly, what is {x}?|What is {x} in a few words?|What is {x} in a nutshell?|Explain {x} in a single sentence|Write one sentence about {x}.|Say in one sentence what {x} means.|What is {x}? Reply with one sentence only.|In a sentence, explain {x}.|Explain {x} in 20 words or less.|{x}: one sentence]""",
    "paragraph": """[Explain {x} in one paragraph.|Write a paragraph about {x}.|What is {x}? Answer in one paragraph.|Describe {x} in a paragraph.|Give me a paragraph on {x}.|Explain {x} in detail.|Tell me everything about {x}.|Explain {x} in a short paragraph.|In one paragraph, what is {x}?|{x} in one paragraph|Write a short text about {x}.|Write a short essay about {x}.|Give a detailed explanation of {x}.|Tell me more about {x}.|Tell me a lot about {x}.|Describe {x} in detail.|Explain {x} at length.|I need a paragraph about {x}.|Write an introduction to {x}.|A paragraph about {x} please|Give me a longer explanation of {x}.|Write a blog post about {x}.|Write an article about {x}.|What is {x} and why does it matter?|What is {x} and why is it important?|Explain what {x} is and why it matters.|Explain {x} in a few sentences.|Explain {x} in three or four sentences.|Use a paragraph to explain {x}.]""",
    "list": """[List|Give me|Name|Tell me|Write|What are|Show me|I want|I need|Can you list|Could you name|Please give] [three|3|the|some|the main|the key|a few|the top three|the three main] [benefits|advantages|points|features|facts|key points|good things|properties|characteristics|reasons|pros|strengths|things to know|upsides|main points|highlights] [of|about|for|of using] {x}[|.|| as a list|| in bullet points]""",
    "listed": """[What is {x}? Answer as a list.|Explain {x} as a list.|Describe {x} in bullet points.|Explain {x} in three bullet points.|{x} as a list|Give me bullet points about {x}.|Make a list about {x}.|Write a list about {x}.|Three bullet points on {x}|What is {x} good for? Answer as a list.|Summarise {x} in three points.|List what matters about {x}.|Bullet points for {x} please|Give three reasons to use {x}.|Why use {x}? Give me a list.|Describe {x} with three bullets.|What are the benefits of {x}?|What benefits does {x} have?|What are the advantages of {x}?|What is good about {x}?|What are good things about {x}?|Name three benefits of {x}.|List three benefits of {x}.]""",
    "numbered": """[List three benefits of {x} as a numbered list.|Give me a numbered list about {x}.|Explain {x} as a numbered list.|Number three facts about {x}.|Write a numbered list of three points about {x}.|Three numbered points about {x}|Describe {x} in a numbered list.|Make a numbered list on {x}.]""",
    "two": """[List two benefits of {x}.|Give me two facts about {x}.|Name two advantages of {x}.|Two points about {x}|Tell me two things about {x}.|What are two benefits of {x}?|Give two reasons for {x}.|List 2 features of {x}]""",
    "one": """[Name one benefit of {x}.|Give me one fact about {x}.|Tell me one good thing about {x}.|What is one advantage of {x}?|One benefit of {x}|What is the main benefit of {x}?|Name one feature of {x}.]""",
    "why": """[Why does {x} matter?|Why is {x} important?|Why is {x} useful?|Why should I care about {x}?|Why do we need {x}?|What makes {x} important?|Why do people use {x}?|Why would I use {x}?|Why {x}?|Explain why {x} matters.|What is {x} good for?|Tell me why {x} is important.|Why does anyone use {x}?|What problem does {x} solve?|Is {x} important?|When is {x} useful?|What is the benefit of {x}?|Why should I use {x}?|How important is {x}?|Why are people talking about {x}?|How does {x} help?|How can {x} help me?]""",
    "example": """[Give me an example of {x}.|Show me an example of {x}.|What is an example of {x}?|Can you give an example of {x}?|Name an example of {x}.|Example of {x}?|I need an example of {x}.|Give an example for {x}.|{x}: example please|Tell me an example of {x}.|How is {x} used? Give an example.|Give me a use case for {x}.|What is a use case of {x}?|Give one example of {x} in real life.|Illustrate {x} with an example.]""",
    "simple": """[Explain {x} like I am five.|Explain {x} in simple words.|Explain {x} to a child.|Explain {x} to a beginner.|What is {x} in simple terms?|Explain {x} simply.|ELI5: {x}|ELI5 {x}|Make {x} easy to understand.|Explain {x} so that everybody understands it.|What is {x} for dummies?|Explain {x} with an example.|What is {x}? Give an example.|Describe {x} in plain English.|Explain {x} to me like I'm 5|Explain {x} in two sentences.|What is {x}? Use two sentences and an example.|Explain {x} to my grandmother.]""",
    "json": """[Explain {x} as JSON.|What is {x}? Answer in JSON.|Define {x} as a JSON object.|Return JSON that explains {x}.|Give me JSON with term and meaning for {x}.|Describe {x} in JSON.|Answer in JSON: what is {x}?|What is {x}? Reply only with JSON.|Return {x} as JSON with the fields term and meaning.|Write a JSON definition of {x}.]""",
    "array": """[List three benefits of {x} as a JSON array.|Give me three facts about {x} as a JSON list.|Return a JSON array with three points about {x}.|Three advantages of {x} as JSON|Return three features of {x} as a JSON array.|Benefits of {x} as JSON array]""",
}
SHARE = {"plain": 40, "sentence": 12, "paragraph": 8, "list": 7, "listed": 5, "numbered": 2, "two": 3, "one": 2, "why": 7,
         "example": 5, "simple": 6, "json": 4, "array": 2}

# What a follow-up asks for when the concept is only "it".
FOLLOW = {
    "more": """[tell me more|tell me more about it|go on|continue|more|more details please|can you explain further|explain more|what else|tell me more about that|give me more details|please go on|and then|can you tell me more|more about it|I want to know more|expand on that|elaborate|could you elaborate|say more|what else can you tell me|anything else|keep going|can you expand on this]""",
    "why": """[why does it matter|and why does it matter|why is it important|and why is that important|why should I care|why is that useful|and why|why|why do I need it|why would I use it|what is it good for|why does that matter|so why is it important|and why would I want that|is it important|why do people use it|what is the benefit|how does it help]""",
    "example": """[give me an example|can you give an example|an example please|for example|show me an example|do you have an example|like what|and an example|such as|example|what would be an example|could you give me an example of it|how is it used]""",
    "list": """[what are its benefits|list its benefits|give me three points|list three advantages|what are the advantages|as a list please|can you make a list|what are the benefits of it|name three benefits|give me bullet points|and the advantages|summarise it as a list|what are its advantages|key points please|list the main points|make it a list|what are the main features]""",
    "sentence": """[in one sentence please|shorter please|can you say it in one sentence|make it shorter|sum it up|summarise that|give me the short version|too long|in short|in one sentence|what is it in one sentence|summarize it|short version please|please be brief|say it shorter]""",
    "paragraph": """[explain it in one paragraph|in one paragraph please|write a paragraph about it|explain it in detail|make it longer|longer please|give me the long version|describe it in detail|more detailed please|can you write a paragraph on it]""",
    "simple": """[explain it simply|in simple words please|explain it like I am five|I don't get it|can you make it simpler|I do not understand it|simpler please|what does that mean in simple terms|explain it again|can you explain it with an example]""",
    "json": """[as JSON please|give me that as JSON|in JSON|can I have it as JSON|answer in JSON|return it as JSON|the same as JSON]""",
}


class Concept:
    def __init__(self, block):
        self.names = [n.strip() for n in block[0].split("|")]
        self.name = self.names[0]
        self.what, self.detail, self.also, self.why, self.example = block[1:6]
        self.points = block[6].split("; ")

    def answer(self, form):
        return {
            "plain": lambda: f"{self.what} {self.detail}",
            "sentence": lambda: self.what,
            "paragraph": lambda: f"{self.what} {self.detail} {self.also} {self.why} {self.example}",
            "more": lambda: f"{self.also} {self.example}",
            "list": lambda: "\n".join(f"- {p}" for p in self.points),
            "listed": lambda: "\n".join(f"- {p}" for p in self.points),
            "numbered": lambda: "\n".join(f"{i}. {p}" for i, p in enumerate(self.points, 1)),
            "two": lambda: "\n".join(f"- {p}" for p in self.points[:2]),
            "one": lambda: f"- {self.points[0]}",
            "why": lambda: self.why,
            "example": lambda: self.example,
            "simple": lambda: f"{self.what} {self.example}",
            "json": lambda: json.dumps({"term": self.name, "meaning": self.what}),
            "array": lambda: json.dumps(self.points),
        }[form]()


CONCEPTS = [Concept(b) for b in blocks("concepts.txt")]


def call(random, concept):
    """A name of the concept, sometimes with an article or in another case."""
    name = random.choice(concept.names) if random.random() < 0.4 else concept.name
    if name[0].islower() and random.random() < 0.3:
        name = random.choice((article(name), "the " + name))
    r = random.random()
    if r < 0.06:
        name = name.title()
    elif r < 0.12:
        name = name.lower()
    return name


def ask(random, concept, form):
    name = call(random, concept)
    prompt = reworded(random, SAY[form])
    if "{x}" in prompt:
        return prompt.replace("{x}", name)
    return f"{prompt} {name}".strip()


def question(random):
    """(prompt, answer, concept) of one question that stands alone."""
    concept = random.choice(CONCEPTS)
    form = random.choices(list(SHARE), SHARE.values())[0]
    return ask(random, concept, form), concept.answer(form), concept


def follow_up(random, concept):
    form = random.choices(list(FOLLOW), (5, 5, 3, 4, 3, 2, 2, 1))[0]
    return reworded(random, FOLLOW[form]), concept.answer(form)


def switch(random, concept):
    """A follow-up that names another concept only: "and DNS?"."""
    return expand(random, "[and|what about|how about|and what is|and what about|now explain|and now] " + call(random, concept)), concept.answer("plain")


def compare(random):
    a, b = random.sample(CONCEPTS, 2)
    prompt = expand(random, """[What is the difference between {a} and {b}?|Compare {a} and {b}.|{a} vs {b}|How is {a} different from {b}?|{a} or {b}?|What are {a} and {b}?|Explain the difference between {a} and {b}.|How do {a} and {b} differ?|Explain {a} and {b}.|What distinguishes {a} from {b}?|Is {a} the same as {b}?|{a} versus {b}|Difference between {a} and {b}?|How does {a} compare to {b}?]""")
    return prompt.replace("{a}", call(random, a)).replace("{b}", call(random, b)), f"{a.what} {b.what}"
