import { createWorkersAI } from "workers-ai-provider";

/**
 * Workers AI models for the Vercel AI SDK, answered by the Plexus server at
 * origin. The provider has no option for its address, but it takes a fetch;
 * this one leaves the path as it is and changes where it leads.
 */
export function plexus(origin = "http://127.0.0.1:8788") {
  return createWorkersAI({
    accountId: "local",
    apiKey: "none", // Plexus asks for none on this machine
    fetch: (url, init) => {
      const { pathname, search } = new URL(url);
      return fetch(new URL(pathname + search, origin), init);
    },
  });
}
