const model = "@cf/baai/bge-base-en-v1.5";
const batch = 32; // texts in one call; the model takes up to 100

/** A vector of length 1 for each text. Texts of like meaning point in like directions. */
export async function embed(ai: Ai, texts: string[]): Promise<number[][]> {
  const vectors: number[][] = [];
  for (let i = 0; i < texts.length; i += batch) {
    const result = await ai.run(model, { text: texts.slice(i, i + batch) });
    if (!("data" in result) || !result.data) throw new Error(`${model} answers without vectors`);
    vectors.push(...result.data.map(unit));
  }
  return vectors;
}

/** The cosine of the angle between two vectors of length 1: their inner product. */
export function cosine(a: number[], b: number[]): number {
  return a.reduce((sum, x, i) => sum + x * b[i], 0);
}

function unit(vector: number[]): number[] {
  const length = Math.hypot(...vector);
  return vector.map((x) => x / length);
}
