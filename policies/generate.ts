import { writeFileSync } from "node:fs";
import { policyPage } from "./page.ts";

writeFileSync(new URL("../docs/policies.md", import.meta.url), policyPage());
