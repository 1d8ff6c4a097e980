/** Inputs of a resource as a policy sees them: what is not known yet is absent. */
export type Properties = Record<string, unknown>;

/** Gives a list of objects, whatever stands there: one object counts as a list of one. */
export function objectsOf(value: unknown): Properties[] {
  return [value].flat().filter((one): one is Properties => typeof one === "object" && one !== null);
}

/** Gives a list of texts, whatever stands there: one text counts as a list of one. */
export function textsOf(value: unknown): string[] {
  return [value].flat().filter((one): one is string => typeof one === "string");
}

/** Reads a finite number, written as one or as text. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

interface PortRange {
  fromPort: number;
  toPort: number;
}

const allPorts: PortRange = { fromPort: 0, toPort: 65535 };

/** Reads one range of ports: numbers, `22`, `30000-32767`, `22/22` or a wildcard. Ports that are not known count as all. */
export function portsOf(from: unknown, to: unknown = from): PortRange {
  if (typeof from === "string" && from === to) {
    const [first, last = first] = from.split(/[-/]/);
    return { fromPort: numberOf(first) ?? 0, toPort: numberOf(last) ?? 65535 };
  }
  const fromPort = numberOf(from) ?? 0;
  const toPort = numberOf(to) ?? 65535;
  // Clouds write -1 or 0 to 0 for all.
  return fromPort < 0 || (fromPort === 0 && toPort <= 0) ? allPorts : { fromPort, toPort };
}
