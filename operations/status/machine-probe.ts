import { X509Certificate } from "node:crypto";
import { type Role, roleFacts } from "../../config/roles/index.ts";
import { errorLine } from "../../lib/errors.ts";
import { connect } from "../../provider/connect.ts";
import type { Connection } from "../../provider/sdk.ts";
import type { CertificateFact, MachineAnswer } from "./observed.ts";

/** A machine that answers at all does so in a second. */
const answerSeconds = 30;

/** Takes units and files. Only reads; of a file with a key in it, no more than the certificates leave the machine. */
export const probeScript = `
[ -e /var/lib/kpaas/first-boot.done ] && echo 'first-boot done' || echo 'first-boot under-way'
[ ! -e /run/reboot-required ] || echo 'restart wanted'
for unit in $1; do echo "unit $unit $(systemctl is-active "$unit" 2>/dev/null)"; done
for file in $2; do
  [ -e "$file" ] || continue
  echo "certificate $file"
  sed -n '/-BEGIN CERTIFICATE-/,/-END CERTIFICATE-/p' "$file"
done`;

export interface Probed {
  answer: { value: MachineAnswer } | { unknown: string };
  certificates: CertificateFact[];
}

/** Runs one command in a machine, for all that it knows of itself. Never throws: what keeps it from answering is the answer. */
export async function probe(
  machine: string,
  role: Role,
  connection: () => Connection,
  isPair: boolean,
): Promise<Probed> {
  const { units, certificates: files } = roleFacts[role];
  const wanted = role === "haproxy" && isPair ? [...units, "keepalived"] : units;
  try {
    const transport = await connect(connection());
    const argv = ["sh", "-c", probeScript, "sh", wanted.join(" "), Object.values(files).join(" ")];
    const { exitCode, stdout, stderr } = await transport.exec(argv, {
      signal: AbortSignal.timeout(answerSeconds * 1000),
    });
    if (!stdout.startsWith("first-boot ")) throw new Error(stderr.trim() || stdout.trim() || `exit code ${exitCode}`);
    const { answer, certificateTexts } = parseProbe(stdout);
    return { answer: { value: answer }, certificates: facts(machine, files, (path) => endOf(certificateTexts[path])) };
  } catch (error) {
    const unknown = error instanceof Error && error.name === "TimeoutError" ? late : errorLine(error).trim();
    const reason = `${machine} does not answer: ${unknown}`;
    return { answer: { unknown }, certificates: facts(machine, files, () => ({ unknown: reason })) };
  }
}

const late = `no answer within ${answerSeconds} s`;

const facts = (
  machine: string,
  files: Readonly<Record<string, string>>,
  end: (path: string) => CertificateFact["notAfter"],
): CertificateFact[] => Object.entries(files).map(([name, path]) => ({ name, machine, path, notAfter: end(path) }));

export function parseProbe(stdout: string): { answer: MachineAnswer; certificateTexts: Record<string, string> } {
  const units: Record<string, string> = {};
  const certificateTexts: Record<string, string> = {};
  let firstBoot: MachineAnswer["firstBoot"] = "under way";
  let path: string | undefined;
  const wantsRestart = /^restart wanted$/m.test(stdout);
  for (const line of stdout.split("\n")) {
    const [, kind, name = "", state] = line.match(/^(first-boot|unit|certificate) (\S+)(?: (\S*))?$/) ?? [];
    if (kind === "first-boot") firstBoot = name === "done" ? "done" : "under way";
    else if (kind === "unit") units[name] = state || "unknown";
    else if (kind === "certificate") path = name;
    else if (path) certificateTexts[path] = `${certificateTexts[path] ?? ""}${line}\n`;
    if (kind === "certificate") certificateTexts[name] = "";
  }
  return { answer: { firstBoot, units, ...(wantsRestart ? { wantsRestart } : {}) }, certificateTexts };
}

/** Gives the end of validity of the first certificate in a file. */
export function endOf(pem: string | undefined): CertificateFact["notAfter"] {
  if (pem === undefined) return { unknown: "the machine has no such file" };
  try {
    return { value: new Date(new X509Certificate(pem).validTo).toISOString() };
  } catch {
    return { unknown: "the file holds no certificate" };
  }
}
