// docs/settings.md, from the schema's descriptions.
import { writeFileSync } from "node:fs";
import "../stacks/infrastructures.ts";
import { environmentSchema } from "../config/json-schema.ts";
import { settingsReference } from "../report/settings-reference.ts";

writeFileSync(new URL("../docs/settings.md", import.meta.url), settingsReference(environmentSchema()));
