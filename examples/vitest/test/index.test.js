import { env, exports } from "cloudflare:workers";
import { expect, test } from "vitest";

const model = "@cf/meta/llama-3.1-8b-instruct";

test("env.AI is the genuine binding", () => {
  expect(env.AI.constructor.name).toBe("Ai");
});

test("a model answers", async () => {
  const answer = await env.AI.run(model, { prompt: "What is edge computing?", temperature: 0 });
  expect(answer.response).toEqual(expect.any(String));
  expect(answer.usage.total_tokens).toBeGreaterThan(answer.usage.prompt_tokens);
});

test("it streams", async () => {
  const stream = await env.AI.run(model, { prompt: "What is edge computing?", stream: true });
  const text = await new Response(stream).text();
  expect(text).toMatch(/^data: \{"response":/);
  expect(text).toMatch(/data: \[DONE\]\n\n$/);
});

test("errors have the service's codes", async () => {
  await expect(env.AI.run("@cf/no/such-model", { prompt: "hi" })).rejects.toThrow("5007: No such model");
});

test("the Worker answers the same question the same way", async () => {
  const ask = () => exports.default.fetch("http://localhost/?q=What+is+edge+computing%3F").then((r) => r.json());
  expect(await ask()).toEqual(await ask());
});
