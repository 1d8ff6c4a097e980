export interface HostRoute {
  cidr: string;
  device: string;
}

/** Reads this machine's routes, but for the default one, from the text of `/proc/net/route`. */
export function parseRoutes(text: string): HostRoute[] {
  const [, ...lines] = text.trim().split("\n");
  return lines.flatMap((line) => {
    const [device = "", destination = "", , , , , , mask = ""] = line.trim().split(/\s+/);
    const prefix = bitsOf(mask);
    return prefix === 0 ? [] : [{ cidr: `${addressOf(destination)}/${prefix}`, device }];
  });
}

/** Reads an address's bytes; the kernel writes addresses as the machine's numbers: the last byte first. */
const bytesOf = (hex: string): number[] => (hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).reverse();

const addressOf = (hex: string): string => bytesOf(hex).join(".");

const bitsOf = (hex: string): number =>
  bytesOf(hex)
    .map((byte) => byte.toString(2).replaceAll("0", "").length)
    .reduce((sum, bits) => sum + bits, 0);
