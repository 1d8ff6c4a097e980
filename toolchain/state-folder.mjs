// Plain JavaScript: what runs before the packages are there needs it, too.
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Gives `$KPAAS_STATE_DIR`, else `$XDG_STATE_HOME/kpaas`, else `~/.local/state/kpaas`. */
export function stateFolder() {
  const base = process.env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  return resolve(process.env.KPAAS_STATE_DIR || join(base, "kpaas"));
}
