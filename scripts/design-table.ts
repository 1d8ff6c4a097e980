import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../lib/repository.ts";

interface Room {
  room: string;
  holds: string;
  /** Rooms, or the beginning of a room's files: `provider/sdk`. */
  imports: string[];
}

export const designPage = join(repository, "docs/design.md");

const marks = /(<!-- rooms:[^\n]*-->\n)[\s\S]*?(<!-- \/rooms -->)/;

/** Gives docs/design.md with the table of rooms as rooms.json has it now. */
export function withRoomTable(page: string): string {
  const rooms: Room[] = JSON.parse(readFileSync(join(repository, "rooms.json"), "utf8"));
  const rows = rooms.map(({ room, holds, imports }) => {
    const named = imports.map((each) => (each.includes("/") ? `\`${each}*\`` : `\`${each}\``));
    return `| \`${room}/\` | ${holds} | ${named.join(", ") || "none"} |`;
  });
  const table = ["| Room | Holds | Imports |", "|---|---|---|", ...rows].join("\n");
  return page.replace(marks, (_, open: string, close: string) => `${open}${table}\n${close}`);
}
