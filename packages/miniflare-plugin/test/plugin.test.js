import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { Miniflare } from "miniflare";
import { plugins } from "../dist/index.js";

const here = fileURLToPath(new URL("../dist/index.js", import.meta.url));

/** A server that answers as Plexus does, and tells what it was asked. */
async function fakePlexus(t) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join("");
    asked.push({ url: request.url, model: request.headers["cf-consn-model-id"], body });
    response.writeHead(200, { "content-type": "application/json", "cf-ai-req-id": "id" });
    response.end(JSON.stringify({ response: "hi" }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return { asked, address: `127.0.0.1:${server.address().port}` };
}

function worker(t, address) {
  const miniflare = new Miniflare({
    modules: true,
    compatibilityDate: "2025-01-01",
    script: `export default { async fetch(request, { AI }) {
      const answer = await AI.run("@cf/meta/llama-3.1-8b-instruct", { prompt: "hi" });
      return Response.json({ answer, name: AI.constructor.name, id: AI.lastRequestId });
    } }`,
    unsafeBindings: [{ name: "AI", type: "ai", plugin: { package: here, name: "plexus-ai" }, options: { address } }],
  });
  t.after(() => miniflare.dispose());
  return miniflare;
}

test("a Worker gets the genuine Ai object", async (t) => {
  const { asked, address } = await fakePlexus(t);
  const response = await worker(t, address).dispatchFetch("http://localhost/");
  assert.deepEqual(await response.json(), { answer: { response: "hi" }, name: "Ai", id: "id" });
  assert.deepEqual(asked, [
    { url: "/run?version=3", model: "@cf/meta/llama-3.1-8b-instruct", body: '{"inputs":{"prompt":"hi"},"options":{}}' },
  ]);
});

test("Node gets it through getBindings", async (t) => {
  const { address } = await fakePlexus(t);
  const { AI } = await worker(t, `http://${address}/`).getBindings();
  assert.deepEqual(await AI.run("@cf/meta/llama-3.1-8b-instruct", { prompt: "hi" }), { response: "hi" });
});

test("bindings of Miniflare 5 are found too", () => {
  const plugin = plugins["plexus-ai"];
  const options = {
    config: {
      env: {
        AI: { type: "ai", dev: { plugin: { package: "plexus-miniflare", name: "plexus-ai" }, options: {} } },
        OTHER: { type: "ai", dev: { plugin: { package: "another", name: "another" } } },
        PLAIN: { type: "plain_text" },
      },
    },
  };
  assert.deepEqual(plugin.getBindings(options).map((b) => b.name), ["AI"]);
  assert.deepEqual(plugin.getServices({ options }), [{ name: "plexus-ai:AI", external: { address: "127.0.0.1:8788", http: {} } }]);
  assert.deepEqual(plugin.getServices({ options: { config: {} } }), []);
});

test("a package holds what it is for, built anew", () => {
  const folder = fileURLToPath(new URL("..", import.meta.url));
  rmSync(new URL("../dist/index.d.ts", import.meta.url));
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--loglevel=error"], { cwd: folder, encoding: "utf8" });
  const [{ files }] = JSON.parse(output.slice(output.indexOf("[\n")));
  for (const path of ["README.md", "dist/index.js", "dist/index.d.ts"]) {
    assert.ok(files.some((file) => file.path === path), path);
  }
});
