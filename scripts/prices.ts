import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repository } from "../lib/repository.ts";
import { loadPriceSources } from "../stacks/price-sources.ts";

const sources = await loadPriceSources();
const [only, ...regions] = process.argv.slice(2);
if (only !== undefined && !sources.has(only)) {
  console.error(
    `error: no price source is known for ${only}\nnext: npm run prices [${[...sources.keys()].join("|")} [REGION...]]`,
  );
  process.exit(2);
}
for (const [kind, source] of sources) {
  if (only !== undefined && only !== kind) continue;
  try {
    const table = await source.read(regions.length > 0 ? regions : source.defaultRegions);
    await writeFile(join(repository, "stacks", kind, "prices.json"), `${JSON.stringify(table, null, 2)}\n`);
    console.log(`${kind}: prices of ${table.date}`);
  } catch (error) {
    process.exitCode = 1;
    const cause = (error as Error).cause;
    console.error(`${kind}: left as it was: ${(cause instanceof Error ? cause : (error as Error)).message}`);
  }
}
