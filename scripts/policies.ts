// docs/policies.md, from the rules.
import { writeFileSync } from "node:fs";
import { policyPage } from "../policies/page.ts";

writeFileSync(new URL("../docs/policies.md", import.meta.url), policyPage());
