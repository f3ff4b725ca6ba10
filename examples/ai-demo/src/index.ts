import { streamText } from "ai";
import { Hono } from "hono";
import { createWorkersAI } from "workers-ai-provider";

const model = "@cf/meta/llama-3.1-8b-instruct";

type Ask = { prompt: string };

const app = new Hono<{ Bindings: Env }>();

app.post("/chat", async (c) => {
  const { prompt } = await c.req.json<Ask>();
  return c.json(await c.env.AI.run(model, { prompt }));
});

app.post("/chat/stream", async (c) => {
  const { prompt } = await c.req.json<Ask>();
  const stream = await c.env.AI.run(model, { prompt, stream: true });
  return new Response(stream as unknown as ReadableStream, { headers: { "content-type": "text/event-stream" } });
});

app.post("/chat/ai-sdk", async (c) => {
  const { prompt } = await c.req.json<Ask>();
  const workersai = createWorkersAI({ binding: c.env.AI });
  const result = streamText({ model: workersai(model), prompt });
  return result.toTextStreamResponse();
});

app.post("/embed", async (c) => {
  const { text } = await c.req.json<{ text: string | string[] }>();
  return c.json(await c.env.AI.run("@cf/baai/bge-base-en-v1.5", { text }));
});

app.get("/models", async (c) => c.json(await c.env.AI.models({ task: "Text Generation" })));

app.onError((error, c) => {
  console.error(error);
  return c.json({ error: error.message }, error instanceof SyntaxError ? 400 : 500);
});

export default app;
