// config/environment.schema.json, from the schema.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import "../stacks/infrastructures.ts";
import { schemaPath, stackFileSchema } from "../config/json-schema.ts";

writeFileSync(schemaPath, JSON.stringify(stackFileSchema(), undefined, 2));
execFileSync("npx", ["biome", "format", "--write", schemaPath], { stdio: "inherit" });
