import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Graphviz } from "@hpcc-js/wasm-graphviz";
import type { Environment } from "../../config/environment.ts";
import { conditionSigns, type Live } from "../../operations/status/live.ts";
import type { Difference } from "../../plan/difference.ts";
import type { Plan } from "../../plan/plan.ts";
import { hostnamePlaceholder, userDataTexts } from "../../plan/user-data.ts";
import { drawingOf } from "../drawing/drawing.ts";
import { roleColours } from "./role-colours.ts";

export interface Shown {
  environment: Environment;
  plan: Plan;
  /** What is real, of an environment that is up. */
  live?: Live;
}

/** A page that needs nothing but itself: the first environment, and where there is a second, what differs from it. */
export async function planPage(shown: readonly Shown[], difference?: Difference): Promise<string> {
  const graphviz = await Graphviz.load();
  const diagrams = shown.map(
    ({ plan, live }, index) => `<div class="diagram">${svg(graphviz.dot(drawingOf(plan, index, live)))}</div>`,
  );
  const views = await Promise.all(
    shown.map(async ({ environment, plan, live }) => ({
      plan,
      live,
      userData: await userDataTexts(environment),
      hostnamePlaceholder,
    })),
  );
  const parts: Record<string, string> = {
    "/*style*/": [roleColours(), ...["page.css", "tables.css", "drawing.css", "live.css"].map(read)].join("\n"),
    "<!--diagrams-->": diagrams.join("\n"),
    '"{{data}}"': JSON.stringify({ views, difference, conditionSigns }).replaceAll("<", "\\u003c"),
    "/*script*/": script(),
  };
  return read("page.html").replace(
    /\/\*style\*\/|<!--diagrams-->|"\{\{data\}\}"|\/\*script\*\//g,
    (slot) => parts[slot] ?? "",
  );
}

const read = (name: string): string => readFileSync(join(import.meta.dirname, "browser", name), "utf8");

/** In the order in which they need one another. */
const modules = [
  "dom.js",
  "access.js",
  "live.js",
  "diagram.js",
  "details.js",
  "sections.js",
  "applications.js",
  "reality.js",
  "comparison.js",
  "main.js",
];

/** A page in one file cannot import: the modules become one script. That no name is in two of them is tested. */
function script(): string {
  const text = modules.map((name) =>
    read(name)
      .replace(/^import [^;]*;$/gm, "")
      .replace(/^export /gm, ""),
  );
  return `(() => {\n${text.join("\n")}\n})();`;
}

/** The drawing alone, as wide as its place. */
function svg(text: string): string {
  return text
    .slice(text.indexOf("<svg"))
    .replace(/<!--.*?-->/gs, "")
    .replace(
      /<svg width="(\d+)pt" height="\d+pt"/,
      (_, points) => `<svg style="max-width:${Math.round(Number(points) * 1.45)}px"`,
    );
}
