import { streamText } from "ai";
import { plexus } from "./plexus.js";

const workersai = plexus(process.env.PLEXUS_ORIGIN);
const { textStream } = streamText({
  model: workersai("@cf/meta/llama-3.1-8b-instruct"),
  prompt: process.argv[2] ?? "What is edge computing?",
});
for await (const text of textStream) process.stdout.write(text);
process.stdout.write("\n");
