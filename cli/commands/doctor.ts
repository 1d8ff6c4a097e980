import { note, print, printJson, style, table } from "../../lib/terminal.ts";
import { defineCommand, jsonOption } from "../command.ts";

export const doctor = defineCommand({
  details: "Changes nothing. Exit code 1 if something stands in the way.",
  options: { ...jsonOption },
  maxPositionals: 0,
  async run({ values: { json } }) {
    const { examine } = await import("../../operations/doctor.ts");
    const findings = await examine();
    const blocking = findings.filter(({ level }) => level === "blocks");
    if (json) await printJson({ passed: blocking.length === 0, findings });
    else {
      await print(table(findings.map(({ level, name, found }) => [marks[level], name, found])));
      for (const { level, name, remedy } of findings)
        if (remedy) note(`${style(level === "blocks" ? "red" : "yellow", `${name}:`)} ${remedy}`);
    }
    return blocking.length === 0 ? 0 : 1;
  },
});

const marks = { ok: "ok", warning: "warn", blocks: "FAIL" } as const;
