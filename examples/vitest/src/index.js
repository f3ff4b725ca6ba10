export default {
  async fetch(request, env) {
    const prompt = new URL(request.url).searchParams.get("q");
    if (!prompt) return new Response("Ask with ?q=", { status: 400 });
    const { response } = await env.AI.run("@cf/meta/llama-3.1-8b-instruct", { prompt, temperature: 0 });
    return Response.json({ answer: response });
  },
};
