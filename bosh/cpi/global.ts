import { type Operation, replace } from "../yaml.ts";

/** Sets a property of a CPI both in the director and in what `create-env` itself uses. */
export function everywhere(cpi: string, property: string, value: unknown): Operation[] {
  return ["/instance_groups/name=bosh/properties", "/cloud_provider/properties"].map((root) =>
    replace(`${root}/${cpi}/${property}?`, value),
  );
}
