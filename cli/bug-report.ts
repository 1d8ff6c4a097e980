import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../lib/repository.ts";

/** Tells the next step after a fault of kpaas itself; `address` is where bugs are reported. */
export function bugReport(address: string | undefined): string {
  const where = address ? `at ${address}` : "to whoever gave you this copy of kpaas";
  return `report it ${where}, with the lines above and the output of: ./kpaas version && ./kpaas doctor`;
}

/** Reads package.json's `bugs.url`; nothing where it names none or cannot be read, as an error is being told already. */
export function bugAddress(file = join(repository, "package.json")): string | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")).bugs?.url;
  } catch {
    return undefined;
  }
}
