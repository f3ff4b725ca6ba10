import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

const url = "http://127.0.0.1:8788/healthz";
const healthy = () => fetch(url).then((response) => response.ok, () => false);

// Starts a Plexus server for the tests, unless one is running already.
export default async function setup() {
  if (await healthy()) return;
  const command = process.env.PLEXUS ?? "plexus";
  const server = spawn(command, ["serve", "--missing-weights=stand-in"], { stdio: ["ignore", "ignore", "inherit"] });
  server.on("error", (error) => console.error(`starting ${command}: ${error.message}`));
  for (let tries = 0; !(await healthy()); tries++) {
    if (tries > 100 || server.exitCode !== null) throw new Error(`${command} serve does not answer at ${url}`);
    await sleep(100);
  }
  return () => server.kill();
}
