// What a Worker can rely on, whatever the model says: each row calls env.AI
// and answers with facts about the outcome.
const model = "@cf/meta/llama-3.1-8b-instruct";
const prompt = "hi";
const short = { prompt, max_tokens: 4, temperature: 0 };

const shape = (value) =>
  Object.fromEntries(Object.entries(value).map(([key, v]) => [key, v && typeof v === "object" ? shape(v) : typeof v]));

const frames = async (stream) =>
  (await new Response(stream).text()).trim().split("\n\n").map((frame) => frame.replace(/^data: /, ""));

const rows = {
  "an answer": async (AI) => shape(await AI.run(model, short)),
  messages: async (AI) => shape(await AI.run(model, { messages: [{ role: "user", content: prompt }], max_tokens: 4 })),
  "max_tokens counts": async (AI) => (await AI.run(model, { prompt, raw: true, max_tokens: 1 })).usage.completion_tokens,
  "what the binding notes": async (AI) => {
    await AI.run(model, short);
    return [/^[0-9a-f-]{36}$/.test(AI.lastRequestId), AI.lastRequestHttpStatusCode, AI.lastRequestInternalStatusCode];
  },
  "a stream": async (AI) => {
    const stream = await AI.run(model, { ...short, stream: true });
    const all = await frames(stream);
    const trailer = JSON.parse(all.at(-2));
    return [stream instanceof ReadableStream, all.at(-1), shape(JSON.parse(all[0])), trailer.response, shape(trailer.usage)];
  },
  "a stream is cancelled": async (AI) => {
    const stream = await AI.run(model, { prompt, max_tokens: 200, stream: true });
    const reader = stream.getReader();
    const { done } = await reader.read();
    await reader.cancel();
    return done;
  },
  "the raw response": async (AI) => {
    const response = await AI.run(model, short, { returnRawResponse: true });
    return [response.status, response.headers.get("content-type"), Number(response.headers.get("cf-ai-neurons")) > 0];
  },
  "unknown options": async (AI) =>
    shape(await AI.run(model, short, { tags: ["a"], unknown: { x: 1 }, rejectIfBusy: false, extraHeaders: { "x-session-affinity": "s" } })),
  "a prefix": async (AI) => shape(await AI.run(model, short, { prefix: "pre" })),
  "a gateway": async (AI) => shape(await AI.run(model, short, { gateway: { id: "mine" } })),
  "the older SDK": async (AI) => {
    const response = await AI.fetch("http://workers-binding.ai/run?version=2", {
      method: "POST",
      headers: { "content-type": "application/json", "cf-consn-model-id": model },
      body: JSON.stringify({ inputs: short, options: {} }),
    });
    return shape(await response.json());
  },
  "two at once": async (AI) => (await Promise.all([AI.run(model, short), AI.run(model, short)])).map((answer) => typeof answer.response),
  models: async (AI) => {
    const found = await AI.models({ search: "llama-3.3-70b", task: "Text Generation" });
    return [found.map((m) => m.name), shape(found[0].task), Object.keys(found[0]).sort()];
  },
  "no such model": (AI) => AI.run("@cf/no/such-model", short),
  "no model name": (AI) => AI.run("a model", short),
  "prompt and messages": (AI) => AI.run(model, { prompt, messages: [] }),
  "no inputs": (AI) => AI.run(model, {}),
  "wrong type": (AI) => AI.run(model, { prompt: 3 }),
  "an error, raw": async (AI) => {
    const response = await AI.run(model, {}, { returnRawResponse: true });
    return [response.status, shape(await response.json())];
  },
  "an error notes its code": async (AI) => {
    await AI.run("@cf/no/such-model", short).catch(() => {});
    return [AI.lastRequestHttpStatusCode, AI.lastRequestInternalStatusCode];
  },
  "a stream as input": (AI) => AI.run(model, { audio: { body: new Blob(["x"]).stream(), contentType: "audio/wav" } }),
  "a websocket": async (AI) => {
    const response = await AI.run(model, short, { websocket: true });
    return [response.status, response.webSocket, (await response.json()).description];
  },
  "a batch": (AI) => AI.run(model, { requests: [short] }, { queueRequest: true }),
};

export default {
  async fetch(request, { AI }) {
    const outcome = {};
    for (const [name, row] of Object.entries(rows)) {
      outcome[name] = await row(AI).catch((error) => `${error.name}: ${error.message}`);
    }
    return Response.json(outcome);
  },
};
