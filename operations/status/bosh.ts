import { errorLine } from "../../lib/errors.ts";
import { connect } from "../../provider/connect.ts";
import type { Connection } from "../../provider/sdk.ts";

/** Time for two questions to the director, and the way to the jump host. */
const answerSeconds = 60;

/** The application platform in BOSH's words. */
export interface BoshStatus {
  /** State of the jump host's `kpaas-bosh.service`. */
  service: "at work" | "at rest" | "failed" | "unknown";
  director: "answers" | "does not answer" | "not made yet" | "unknown";
  /** The reason why something is not known; absent where all is. */
  reason?: string;
  /** VMs as `bosh vms` has them. */
  vms: { instance: string; az: string; state: string; ips: string }[];
  /** Tasks as `bosh tasks --recent=5` has them, the latest first. */
  tasks: { id: string; state: string; startedAt: string; description: string; result: string }[];
}

/** Script that only asks. Parts of its output are told apart by lines that begin with two equals signs. */
const question = `
echo "== service $(systemctl is-active kpaas-bosh.service)"
[ -e /srv/bosh/.director ] || exit 0
echo "== vms"
timeout 25 /usr/local/bin/kpaas-bosh run --non-interactive --json vms </dev/null
echo "== tasks"
timeout 25 /usr/local/bin/kpaas-bosh run --non-interactive --json tasks --recent=5 </dev/null`;

/** Asks the jump host for BOSH's status. Never throws: what keeps the jump host from answering is the answer. */
export async function readBosh(connection: () => Connection): Promise<BoshStatus> {
  try {
    const transport = await connect(connection());
    const signal = AbortSignal.timeout(answerSeconds * 1000);
    const { stdout } = await transport.exec(["sh", "-c", question], { signal });
    return parseBosh(stdout);
  } catch (error) {
    const isLate = error instanceof Error && error.name === "TimeoutError";
    const reason = isLate ? `the jump host gave no answer within ${answerSeconds} s` : errorLine(error).trim();
    return { ...nothing, reason };
  }
}

const nothing: BoshStatus = { service: "unknown", director: "unknown", vms: [], tasks: [] };

const services: Record<string, BoshStatus["service"]> = {
  activating: "at work",
  active: "at work",
  inactive: "at rest",
  failed: "failed",
};

export function parseBosh(stdout: string): BoshStatus {
  const parts = Object.fromEntries(
    stdout.split(/^== /m).map((part) => [part.match(/^\w*/)?.[0] ?? "", part.replace(/^\w*\s/, "")]),
  );
  const known = { ...nothing, service: services[parts.service?.trim() ?? ""] ?? "unknown" };
  if (parts.vms === undefined) return { ...known, director: "not made yet" };
  try {
    const [vms, tasks] = [parts.vms, parts.tasks].map(rowsOf) as [Row[], Row[]];
    return {
      ...known,
      director: "answers",
      vms: vms.map(({ instance = "", az = "", process_state: state = "", ips = "" }) => ({ instance, az, state, ips })),
      tasks: tasks.map(({ id = "", state = "", started_at: startedAt = "", description = "", result = "" }) => ({
        id,
        state,
        startedAt,
        description,
        result,
      })),
    };
  } catch (error) {
    return { ...known, director: "does not answer", reason: errorLine(error).trim() };
  }
}

type Row = Record<string, string>;

/** Reads the rows of tables that `bosh --json` prints, with the header's words in lower case; an error is among the lines. */
function rowsOf(json = ""): Row[] {
  const { Tables, Lines } = parsed(json);
  if (!Tables) throw new Error(Lines?.at(-1) || json.trim().slice(0, 200) || "the director gave no answer");
  return Tables.flatMap(({ Rows }) => Rows ?? []);
}

function parsed(json: string): { Tables?: { Rows?: Row[] }[]; Lines?: string[] } {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}
