import { readFile } from "node:fs/promises";

/** Gives the text of functions of a first-boot script. */
export async function functionsOf(script: string, ...names: string[]): Promise<string> {
  const text = await readFile(new URL(`../../../components/first-boot/scripts/${script}`, import.meta.url), "utf8");
  return names
    .map((name) => {
      const found = new RegExp(`^${name}\\(\\) \\{\\n[\\s\\S]*?^\\}$`, "m").exec(text);
      if (!found) throw new Error(`${script} has no function ${name}`);
      return found[0];
    })
    .join("\n");
}
