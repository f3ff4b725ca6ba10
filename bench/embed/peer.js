// Runs a model in onnxruntime as it is told, a line of JSON at a time:
// {"model": path, "threads": n} loads it, {"texts": n, "tokens": [...], "times": n}
// runs it so many times and answers with the milliseconds of each and with the
// states of every text's first token.
const ort = require("onnxruntime-node");
const lines = require("node:readline").createInterface({ input: process.stdin });

let session;

async function load({ model, threads }) {
  session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
  });
  return {};
}

async function run({ texts, tokens, times }) {
  const length = tokens.length / texts;
  const shape = [texts, length];
  const feeds = {
    ids: new ort.Tensor("int64", BigInt64Array.from(tokens, BigInt), shape),
    positions: new ort.Tensor("int64", BigInt64Array.from(tokens, (_, i) => BigInt(i % length)), shape),
  };
  const took = [];
  let states;
  for (let i = 0; i < times; i++) {
    const begin = process.hrtime.bigint();
    const out = await session.run(feeds);
    took.push(Number(process.hrtime.bigint() - begin) / 1e6);
    states = Object.values(out)[0];
  }
  const hidden = states.dims[2];
  const first = [];
  for (let t = 0; t < texts; t++) first.push(...states.data.subarray(t * length * hidden, t * length * hidden + hidden));
  return { took, first };
}

(async () => {
  for await (const line of lines) {
    const request = JSON.parse(line);
    console.log(JSON.stringify(await (request.model ? load : run)(request)));
  }
})();
