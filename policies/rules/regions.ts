import { known } from "../../config/infrastructure/absent.ts";
import { factsOf } from "../../config/infrastructure/catalog.ts";

/**
 * Tells whether a region is in Korea; undefined where an infrastructure's regions say nothing of their place. Throws RangeError
 * for an unknown kind.
 */
export function isKoreanRegion(kind: string, region: string): boolean | undefined {
  return known(factsOf({ kind }).koreanRegions)?.includes(region);
}
