// docs/changes.md, from the usual edits and what they do on each infrastructure.
import { writeFileSync } from "node:fs";
import { changesPage } from "../report/changes-page.ts";
import { editsOnClouds } from "./edits-on-clouds.ts";

writeFileSync(new URL("../docs/changes.md", import.meta.url), changesPage(editsOnClouds()));
