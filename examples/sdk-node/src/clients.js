import Cloudflare from "cloudflare";
import OpenAI from "openai";

// The official clients, unmodified. All they need to know of Plexus is its address; any account id will do, and no
// token is checked yet.
export const openai = (url) => new OpenAI({ baseURL: `${url}/v1`, apiKey: "none" });
export const cloudflare = (url) => new Cloudflare({ baseURL: `${url}/client/v4`, apiToken: "none" });
