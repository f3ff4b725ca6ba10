import { cloudflare, openai } from "./clients.js";

const url = process.env.PLEXUS_URL ?? "http://127.0.0.1:8788";
const model = "@pocket/chat";
const prompt = process.argv.slice(2).join(" ") || "What is edge computing?";

const { response } = await cloudflare(url).ai.run(model, { account_id: "me", prompt });
console.log("Cloudflare:", response);

process.stdout.write("OpenAI: ");
const stream = await openai(url).chat.completions.create({
  model,
  messages: [{ role: "user", content: prompt }],
  stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? "");
console.log();
