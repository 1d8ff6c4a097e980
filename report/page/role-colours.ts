import { roleFacts } from "../../config/roles/index.ts";

/** Renders CSS that gives the class of each role its colour, as `--role`, on light and on dark screens. */
export function roleColours(): string {
  return `${classes("light")}\n\n@media (prefers-color-scheme: dark) {\n${classes("dark")}\n}\n`;
}

function classes(scheme: "light" | "dark"): string {
  return Object.entries(roleFacts)
    .map(([role, { colour }]) => `.${role} {\n  --role: ${colour[scheme]};\n}`)
    .join("\n\n");
}
