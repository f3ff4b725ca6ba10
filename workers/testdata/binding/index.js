// Each call is one use of the binding, by the name of its path. The answer
// says what the call returned or threw, and what the binding noted.
const bytes = (...values) => new Blob([new Uint8Array(values)]).stream();
const audio = (extra) => ({ body: bytes(1, 2, 3), contentType: "audio/wav", ...extra });
const form = '--any\r\nContent-Disposition: form-data; name="prompt"\r\n\r\ncat\r\n--any--';
const file = (name, text) => ({ name, blob: new Blob([text], { type: "text/html" }) });

const calls = {
  run: (AI) => AI.run("model", { prompt: "hi" }),
  options: (AI) =>
    AI.run("model", { prompt: "hi" }, { queueRequest: true, tags: ["a"], unknown: { x: 1 }, signal: new AbortController().signal }),
  headers: (AI) =>
    AI.run("model", { prompt: "hi" }, {
      prefix: "pre",
      sessionOptions: { extraHeaders: { "x-one": "1", "x-two": "1" } },
      extraHeaders: { "x-two": "2", "content-type": "text/plain" },
    }),
  gateway: (AI) => AI.run("model", { prompt: "hi" }, { gateway: { id: "mine", skipCache: true } }),
  stream: (AI) => AI.run("model", { audio: audio(), language: "en" }, { rejectIfBusy: true }),
  form: (AI) => AI.run("model", { multipart: { body: new Blob([form]).stream(), contentType: "multipart/form-data; boundary=any" } }),
  "form data": (AI) => {
    const body = new FormData();
    body.append("prompt", "cat");
    return AI.run("model", { multipart: { body, contentType: "multipart/form-data" } });
  },
  "form of a response": (AI) => {
    const body = new FormData();
    body.append("prompt", "cat");
    const { headers, body: stream } = new Response(body);
    return AI.run("model", { multipart: { body: stream, contentType: headers.get("content-type") } });
  },
  "two streams": (AI) => AI.run("model", { a: audio(), b: audio() }),
  "no type": (AI) => AI.run("model", { audio: { body: bytes(1) } }),
  "stream and gateway": (AI) => AI.run("model", { audio: audio() }, { gateway: { id: "mine" } }),
  raw: (AI) => AI.run("model", { prompt: "hi" }, { returnRawResponse: true }),
  websocket: (AI) => AI.run("model", { encoding: "linear16" }, { websocket: true }),
  aborted: (AI) => AI.run("model", { prompt: "hi" }, { signal: AbortSignal.abort() }),
  models: (AI) => AI.models({ task: "Text Generation", hide_experimental: true }),
  "all models": (AI) => AI.models(),
  "to markdown": (AI) => AI.toMarkdown(file("a.html", "<p>"), { extraHeaders: { "x-one": "1" } }),
  "to markdown, several": (AI) => AI.toMarkdown().transform([file("a.html", "<p>"), file("b.html", "<b>")]),
  supported: (AI) => AI.toMarkdown().supported(),
  "gateway url, default": (AI) => AI.gateway("mine").getUrl(),
  "gateway url": (AI) => AI.gateway("mine").getUrl("workers-ai"),
  "gateway log": (AI) => AI.gateway("mine").getLog("l1"),
  "gateway patch": (AI) => AI.gateway("mine").patchLog("l1", { score: 1 }),
  "gateway run": async (AI) => (await AI.gateway("mine").run([{ provider: "workers-ai", endpoint: "m", headers: {}, query: {} }])).json(),
  "gateway run, options": async (AI) =>
    (await AI.gateway("mine").run({ provider: "p", endpoint: "e", headers: {}, query: {} }, {
      gateway: { cacheTtl: 60, skipCache: true, metadata: { a: 1 } },
      extraHeaders: { "x-one": "1" },
    })).json(),
  "rag list": (AI) => AI.autorag().list(),
  "rag search": (AI) => AI.autorag("docs").search({ query: "q" }),
  "rag ai search": (AI) => AI.autorag("docs").aiSearch({ query: "q" }),
  "rag ai search, stream": (AI) => AI.autorag("docs").aiSearch({ query: "q", stream: true }),
  "ai search": (AI) => AI.aiSearch(),
  websearch: (AI) => AI.websearch({ query: "q" }),
  "beta gateway": (AI) => AI.gateway("mine", { beta: true }).getUrl(),
  fetch: async (AI) =>
    (await AI.fetch("http://workers-binding.ai/run?version=2", { method: "POST", body: JSON.stringify({ inputs: {}, options: {} }), headers: { "content-type": "application/json" } })).json(),
  name: (AI) => AI.constructor.name,
  logs: (AI) => AI.getLogs(),
};

export default {
  async fetch(request, { AI }) {
    const call = calls[decodeURIComponent(new URL(request.url).pathname.slice(1))];
    const answer = {};
    Object.assign(AI, { lastRequestId: null, lastRequestHttpStatusCode: null, aiGatewayLogId: null, lastRequestInternalStatusCode: null });
    try {
      const value = await call(AI);
      if (value instanceof ReadableStream) answer.stream = await new Response(value).text();
      else if (value instanceof Response) answer.response = [value.status, await value.text()];
      else answer.value = value;
    } catch (e) {
      answer.error = [e.name, e.message];
    }
    if (AI.lastRequestHttpStatusCode) {
      answer.noted = [AI.lastRequestId, AI.lastRequestHttpStatusCode, AI.aiGatewayLogId, AI.lastRequestInternalStatusCode];
    }
    return Response.json(answer);
  },
};
