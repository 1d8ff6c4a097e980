import type { StateResource } from "../engine/state.ts";

/** The image of which machines are made: the newest there was when their generation began. */
export interface ObservedImage {
  /** Machine, or pool for workers. */
  name: string;
  /** Time at which it was taken, RFC 3339. */
  since: string;
  /** Whole days from then to the reading. */
  days: number;
  /** `old`: more than `oldDays`; what was mended in the distribution since is not in it. */
  state: "recent" | "old";
}

/** An image that is older is warned of. */
export const oldDays = 90;

const dayMs = 86_400_000;

/** Lists the images of all machines and pools that the state tells of, the oldest first. Earlier releases told of none. */
export function imagesIn(resources: readonly StateResource[], readAt: string): ObservedImage[] {
  const images = resources.flatMap(({ type, urn, outputs = {} }) => {
    const name = type === "kpaas:index:Pinned" ? urn.match(/::(?:platform|applications)-(.+)-image$/)?.[1] : undefined;
    const { since } = outputs;
    if (!name || typeof since !== "string") return [];
    const days = Math.floor((Date.parse(readAt) - Date.parse(since)) / dayMs);
    return [{ name, since, days, state: days > oldDays ? ("old" as const) : ("recent" as const) }];
  });
  return images.sort((a, b) => Date.parse(a.since) - Date.parse(b.since) || a.name.localeCompare(b.name));
}
