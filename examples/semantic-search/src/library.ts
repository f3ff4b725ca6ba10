import { cosine, embed } from "./embed";

type Passage = { file: string; title: string; text: string; vector: number[] };

export type Library = Passage[];

/** What matches a query: a text by its best passage. */
export type Match = { file: string; title: string; excerpt: string; score: number };

/** Reads the texts among the assets and embeds each of their passages. */
export async function openLibrary(ai: Ai, assets: Fetcher): Promise<Library> {
  const read = async (name: string) => {
    const response = await assets.fetch(`http://assets/texts/${name}`);
    if (!response.ok) throw new Error(`texts/${name}: ${response.status} ${response.statusText}`);
    return response.text();
  };
  const files: string[] = JSON.parse(await read("index.json"));
  const texts = await Promise.all(files.map(read));

  // A text is a title and paragraphs, with blank lines between them.
  const passages = texts.flatMap((text, i) => {
    const [title, ...paragraphs] = text.trim().split(/\n\s*\n/);
    return paragraphs.map((paragraph) => ({ file: files[i], title, text: paragraph }));
  });
  const vectors = await embed(ai, passages.map(({ title, text }) => `${title}. ${text}`));
  return passages.map((passage, i) => ({ ...passage, vector: vectors[i] }));
}

/** The texts closest in meaning to a query, best first. */
export async function search(ai: Ai, library: Library, query: string, limit: number): Promise<Match[]> {
  const [vector] = await embed(ai, [query]);
  const best = new Map<string, Match>();
  for (const { file, title, text, vector: passage } of library) {
    const score = cosine(vector, passage);
    if (score > (best.get(file)?.score ?? -Infinity)) best.set(file, { file, title, excerpt: text, score });
  }
  return [...best.values()].sort((a, b) => b.score - a.score).slice(0, limit);
}
