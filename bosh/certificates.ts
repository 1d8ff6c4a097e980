import { type Operation, replace } from "../config/application-platform/ops-file.ts";
import { certificatesOf } from "./pinned.ts";

/** An authority outlives what it signs, so that a year's rotation needs no new one each time. K-PaaS gives ten years to all. */
const validDays = { authority: 730, certificate: 365 } as const;

/** Says how long each certificate of a manifest is valid, after its ops files. */
export function certificateOperations(files: readonly string[]): Operation[] {
  return certificatesOf(files).map(({ name, isCa }) =>
    // A slash within a name is written ~1 in a path.
    replace(
      `/variables/name=${name.replaceAll("/", "~1")}/options/duration?`,
      isCa ? validDays.authority : validDays.certificate,
    ),
  );
}
