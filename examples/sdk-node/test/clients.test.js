import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { APIError as CloudflareError } from "cloudflare";
import { APIError as OpenAIError } from "openai";
import { cloudflare, openai } from "../src/clients.js";

const model = "@pocket/chat";
const prompt = "What is edge computing?";
const messages = [{ role: "user", content: prompt }];
let server, url;

before(async () => {
  const command = process.env.PLEXUS ?? "plexus";
  server = spawn(command, ["serve", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "ignore"] });
  await once(server, "spawn");
  for await (const line of createInterface(server.stdout)) {
    const address = /listens on (http:\S+)/.exec(line);
    if (address) {
      url = address[1];
      return;
    }
  }
  throw new Error(`${command} serve ended`);
});

after(() => server?.kill());

describe("openai", () => {
  test("chat.completions.create", async () => {
    const { choices, usage } = await openai(url).chat.completions.create({ model, messages, temperature: 0 });
    assert.equal(choices[0].finish_reason, "stop");
    assert.match(choices[0].message.content, /edge/i);
    assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
  });

  test("a stream with usage", async () => {
    const request = { model, messages, temperature: 0, stream: true, stream_options: { include_usage: true } };
    let text = "";
    let chunks = 0;
    let usage;
    for await (const chunk of await openai(url).chat.completions.create(request)) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage ?? usage;
      chunks++;
    }
    assert.match(text, /edge/i);
    assert.ok(chunks > 3, "the text arrives in pieces");
    assert.ok(usage.completion_tokens > 0);
  });

  test("several choices, a seed and a stop string", async () => {
    const request = { model, messages, n: 3, seed: 7, temperature: 1, stop: ".", max_tokens: 40 };
    const texts = async () =>
      (await openai(url).chat.completions.create(request)).choices.map((choice) => choice.message.content);
    const first = await texts();
    assert.equal(first.length, 3);
    assert.ok(first.every((text) => !text.includes(".")));
    assert.deepEqual(await texts(), first, "the same seed gives the same texts");
  });

  test("models.list", async () => {
    const ids = [];
    for await (const { id } of openai(url).models.list()) ids.push(id);
    assert.ok(ids.includes(model));
  });

  test("errors", async () => {
    const unknown = openai(url).chat.completions.create({ model: "no-such-model", messages });
    await assert.rejects(unknown, (error) => error instanceof OpenAIError && error.status === 400 && /5007|No such model/.test(error.message));
  });
});

describe("cloudflare", () => {
  test("ai.run", async () => {
    const { response, usage } = await cloudflare(url).ai.run(model, { account_id: "me", prompt, temperature: 0 });
    assert.match(response, /edge/i);
    assert.ok(usage.completion_tokens > 0);
  });

  test("ai.models.list", async () => {
    const found = [];
    for await (const entry of cloudflare(url).ai.models.list({ account_id: "me", search: "pocket" })) found.push(entry);
    assert.ok(found.some((entry) => entry.name === model));
  });

  test("errors", async () => {
    const bad = cloudflare(url).ai.run(model, { account_id: "me", prompt: "x", max_tokens: "many" });
    await assert.rejects(bad, (error) => error instanceof CloudflareError && error.status === 400 && error.errors[0].code === 5006);
  });
});
