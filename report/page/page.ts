import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Graphviz } from "@hpcc-js/wasm-graphviz";
import type { Environment } from "../../config/environment.ts";
import { conditionSigns, type Observed } from "../../operations/status/observed.ts";
import type { Difference } from "../../plan/difference.ts";
import type { Plan } from "../../plan/plan.ts";
import { hostnamePlaceholder, userDataTexts } from "../../plan/user-data.ts";
import { drawingOf } from "../drawing/drawing.ts";
import { roleColours } from "./role-colours.ts";

export interface Shown {
  environment: Environment;
  plan: Plan;
  /** The platform as it was observed, of an environment that is up. */
  observed?: Observed;
}

/** Renders a page that needs nothing but itself: the first environment, and where there is a second, what differs from it. */
export async function planPage(shown: readonly Shown[], difference?: Difference): Promise<string> {
  const graphviz = await Graphviz.load();
  const diagrams = shown.map(
    ({ plan, observed }, index) => `<div class="diagram">${svg(graphviz.dot(drawingOf(plan, index, observed)))}</div>`,
  );
  const views = await Promise.all(
    shown.map(async ({ environment, plan, observed }) => ({
      plan,
      observed,
      userData: userDataTexts(environment),
      hostnamePlaceholder,
    })),
  );
  const parts: Record<string, string> = {
    "/*style*/": [roleColours(), ...["page.css", "tables.css", "drawing.css", "observed.css"].map(read)].join("\n"),
    "<!--diagrams-->": diagrams.join("\n"),
    "<!--transforms-->": shown.map(({ plan }) => transformSection(plan)).join(""),
    '"{{data}}"': JSON.stringify({ views, difference, conditionSigns }).replaceAll("<", "\\u003c"),
    "/*script*/": script(),
  };
  return read("page.html").replace(
    /\/\*style\*\/|<!--diagrams-->|<!--transforms-->|"\{\{data\}\}"|\/\*script\*\//g,
    (slot) => parts[slot] ?? "",
  );
}

function transformSection({ environment, transforms }: Plan): string {
  if (!transforms) return "";
  return `
      <section aria-label="Changed by transform">
        <div class="heading"><h2>Changed by transform</h2><p class="hint">What preview shows of these resources of ${escaped(environment)} differs from this plan.</p></div>
        <p><code>${escaped(transforms.file)}</code> changes ${escaped(transforms.types.join(", "))}.</p>
      </section>`;
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

const read = (name: string): string => readFileSync(join(import.meta.dirname, "browser", name), "utf8");

/** Modules in the order in which they need one another. */
const modules = [
  "dom.js",
  "access.js",
  "condition.js",
  "diagram.js",
  "details.js",
  "sections.js",
  "applications.js",
  "observed.js",
  "comparison.js",
  "main.js",
];

/** Joins the modules to one script, as a page in one file cannot import. That no name is in two of them is tested. */
function script(): string {
  const text = modules.map((name) =>
    read(name)
      .replace(/^import [^;]*;$/gm, "")
      .replace(/^export /gm, ""),
  );
  return `(() => {\n${text.join("\n")}\n})();`;
}

/** Takes the drawing alone, as wide as its place. */
function svg(text: string): string {
  return text
    .slice(text.indexOf("<svg"))
    .replace(/<!--.*?-->/gs, "")
    .replace(
      /<svg width="(\d+)pt" height="\d+pt"/,
      (_, points) => `<svg style="max-width:${Math.round(Number(points) * 1.45)}px"`,
    );
}
