// The table of rooms in docs/design.md, from rooms.json.
import { readFileSync, writeFileSync } from "node:fs";
import { designPage, withRoomTable } from "./design-table.ts";

writeFileSync(designPage, withRoomTable(readFileSync(designPage, "utf8")));
