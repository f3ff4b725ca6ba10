import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { APICallError, cosineSimilarity, embedMany, generateText, streamText } from "ai";
import { plexus } from "../src/plexus.js";

const name = "@cf/meta/llama-3.1-8b-instruct";
const prompt = "What is edge computing?";
let server, workersai;

before(async () => {
  const command = process.env.PLEXUS ?? "plexus";
  server = spawn(command, ["serve", "--listen", "127.0.0.1:0", "--missing-weights=stand-in"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(server, "spawn");
  for await (const line of createInterface(server.stdout)) {
    const address = /listens on (http:\S+)/.exec(line);
    if (address) {
      workersai = plexus(address[1]);
      return;
    }
  }
  throw new Error(`${command} serve ended`);
});

after(() => server?.kill());

test("generateText", async () => {
  const { text, usage, finishReason } = await generateText({ model: workersai(name), prompt });
  assert.ok(text.length > 0);
  assert.ok(usage.inputTokens > 0 && usage.outputTokens > 0);
  assert.equal(finishReason, "stop");
});

test("generateText of a conversation, cut short", async () => {
  const { usage } = await generateText({
    model: workersai(name),
    system: "You answer in one sentence.",
    messages: [
      { role: "user", content: "Hello" },
      { role: "assistant", content: "Hello! What would you like to know?" },
      { role: "user", content: prompt },
    ],
    temperature: 0,
    maxOutputTokens: 3,
  });
  assert.equal(usage.outputTokens, 3);
});

test("streamText", async () => {
  const result = streamText({ model: workersai(name), prompt });
  const pieces = [];
  for await (const piece of result.textStream) pieces.push(piece);
  assert.ok(pieces.length > 1, "the text arrives in pieces");
  assert.equal(pieces.join(""), await result.text);
  assert.equal(await result.finishReason, "stop");
  assert.ok((await result.usage).outputTokens > 0);
});

test("embedMany", async () => {
  const { embeddings } = await embedMany({
    model: workersai.textEmbedding("@cf/baai/bge-base-en-v1.5"),
    values: ["A cat sleeps on the sofa.", "A kitten naps on the couch.", "The bank raised its interest rates."],
  });
  assert.deepEqual(embeddings.map((vector) => vector.length), [768, 768, 768]);
  const [cat, kitten, bank] = embeddings;
  assert.ok(cosineSimilarity(cat, kitten) > cosineSimilarity(cat, bank));
});

test("errors carry the service's code", async () => {
  const failing = generateText({ model: workersai("@cf/no/such-model"), prompt, maxRetries: 0 });
  await assert.rejects(failing, (error) => APICallError.isInstance(error) && /5007/.test(error.message) && !error.isRetryable);
});
