import type { Maintenance } from "../../operations/maintain.ts";

/** Renders how far a run of `maintain` came. */
export function maintenanceText({ asOf, done, left }: Maintenance): string {
  const all = done.length + left.length;
  if (left.length === 0) return `security updates as of ${asOf}: all ${all} machines have them`;
  return (
    `security updates as of ${asOf}: ${done.length} of ${all} machines have them; the window ended before ` +
    `${left.join(", ")}, with which the next run goes on`
  );
}
