import type { Report } from "../lib/run.ts";
import { cached, lookup } from "./cache.ts";
import { SourceUnavailable } from "./download.ts";

/** One way to get a tool. */
export interface Source<Name extends string> {
  name: Name;
  key: string;
  build: (directory: string, report: Report) => Promise<void>;
}

/** Tells whether a tool is cached, from whichever source. */
export const isCached = (sources: readonly Pick<Source<string>, "key">[]): boolean =>
  sources.some(({ key }) => lookup(key) !== undefined);

/**
 * Gives the tool from the first source that is cached, else from the first that can be had now. Only a source that
 * cannot be reached gives way to the next: a wrong checksum or a failed build ends the search.
 */
export async function fromFirstSource<Name extends string>(
  sources: readonly Source<Name>[],
  report: Report,
): Promise<{ directory: string; source: Name }> {
  for (const { name, key } of sources) {
    const directory = lookup(key);
    if (directory) return { directory, source: name };
  }
  const reasons: string[] = [];
  for (const { name, key, build } of sources) {
    try {
      return { directory: await cached(key, build, report), source: name };
    } catch (error) {
      if (!(error instanceof SourceUnavailable)) throw error;
      reasons.push(error.message);
      report(error.message);
    }
  }
  throw new SourceUnavailable(reasons.join("; "));
}
