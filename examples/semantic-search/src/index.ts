import { Hono } from "hono";
import { type Library, openLibrary, search } from "./library";

// Made by the first search and kept for as long as the isolate lives. It is the library that is kept and not the promise
// of it: a promise made in one request cannot be relied on by another, which may outlive the first.
let library: Library | undefined;

const app = new Hono<{ Bindings: Env }>();

app.post("/search", async (c) => {
  const body = await c.req.json<{ query?: unknown } | null>();
  const query = typeof body?.query === "string" ? body.query.trim() : "";
  if (!query) return c.json({ error: "a search needs a query" }, 400);

  library ??= await openLibrary(c.env.AI, c.env.ASSETS);
  return c.json({ results: await search(c.env.AI, library, query, 8), passages: library.length });
});

app.onError((error, c) => {
  console.error(error);
  return c.json({ error: error.message }, error instanceof SyntaxError ? 400 : 500);
});

export default app;
