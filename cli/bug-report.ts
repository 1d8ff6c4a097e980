import { packageFile } from "../lib/package-file.ts";

type ReadAddress = () => { bugs?: { url: string } };

/** Tells, in two lines, where a fault of kpaas itself is reported and with what. */
export function bugReport(read: ReadAddress = packageFile): [where: string, withWhat: string] {
  const url = addressIn(read);
  return [
    url ? `report it at ${url}` : "report it to whoever gave you this copy of kpaas",
    "with the lines above and the output of: ./kpaas version && ./kpaas doctor",
  ];
}

/** Gives no address where package.json cannot be read: that must not hide the error that is being told. */
function addressIn(read: ReadAddress): string | undefined {
  try {
    return read().bugs?.url;
  } catch {
    return undefined;
  }
}
