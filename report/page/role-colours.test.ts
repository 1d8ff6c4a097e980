import { expect, test } from "vitest";
import { roleFacts, roles } from "../../config/roles/index.ts";
import { roleColours } from "./role-colours.ts";

test("each role's class has its colour on light and on dark screens", () => {
  const [light = "", dark = ""] = roleColours().split("@media (prefers-color-scheme: dark)");
  for (const role of roles) {
    const { colour } = roleFacts[role];
    expect(light).toContain(`.${role} {\n  --role: ${colour.light};`);
    expect(dark).toContain(`.${role} {\n  --role: ${colour.dark};`);
  }
});
