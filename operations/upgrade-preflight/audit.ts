import { minorNumber } from "../../config/versions.ts";
import { blocks, type Finding, firstOf, warning } from "./finding.ts";

/** A use this recent counts as one that goes on: a job that runs every day is seen. */
const inUseHours = 24;
/** Older uses are not told any more. */
const rememberedDays = 30;
/** More groups than these are told without the objects' names, so that a busy log stays a short answer. */
const mostGroups = 500;

/**
 * Runs on a master. Gives a line `COUNT<tab>EVENT` for each client, verb and object that used a deprecated API; the event is the
 * newest of its kind. What is sought cannot stand inside a value, whose quotes are escaped. POSIX awk: machines have mawk or gawk.
 */
export const auditScript = (folder = "/var/log/kubernetes/audit"): string => `cd ${folder} || exit 1
find . -name 'audit*.log' -mtime -${rememberedDays} -exec env LC_ALL=C grep -hF '"k8s.io/deprecated":"true"' {} + | LC_ALL=C awk '
function text(start,   at, rest) {
  at = index($0, start)
  if (!at) return ""
  rest = substr($0, at + length(start))
  return match(rest, /^([^"\\\\]|\\\\.)*/) ? substr(rest, 1, RLENGTH) : ""
}
function object(   at, rest) {
  at = index($0, "\\"objectRef\\":{")
  if (!at) return ""
  rest = substr($0, at)
  rest = substr(rest, 1, index(rest, "}"))
  sub(/,"uid":"[^"]*"/, "", rest)
  sub(/,"resourceVersion":"[^"]*"/, "", rest)
  if (groups >= ${mostGroups}) sub(/,"name":"[^"]*"/, "", rest)
  return rest
}
# A line that is being written has no end yet.
/[}][}]$/ {
  key = text("\\"user\\":{\\"username\\":\\"") SUBSEP text("\\"impersonatedUser\\":{\\"username\\":\\"") SUBSEP \\
    text("\\"userAgent\\":\\"") SUBSEP text("\\"verb\\":\\"") SUBSEP object()
  if (!(key in count)) groups++
  count[key]++
  time = text("\\"stageTimestamp\\":\\"")
  if (time >= last[key]) { last[key] = time; line[key] = $0 }
}
END { for (key in count) print count[key] "\\t" line[key] }'`;

/** The part of an audit event that is read: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/ */
interface AuditEvent {
  verb: string;
  user: { username?: string };
  impersonatedUser?: { username?: string };
  userAgent?: string;
  objectRef?: { apiGroup?: string; apiVersion?: string; resource?: string; namespace?: string; name?: string };
  /** The end of the request: that of a watch comes minutes after its beginning, and only the end says "deprecated". */
  stageTimestamp: string;
  annotations?: Record<string, string>;
}

/** Uses of one deprecated API by one client. */
export interface DeprecatedUse {
  user: string;
  /** Absent for a client that names none. */
  userAgent?: string;
  /** Such as `networking.k8s.io/v1beta1 servicecidrs`. */
  api: string;
  /** Minor from which on it is served no more, such as `1.37`; absent where none is settled. */
  removedIn?: string;
  verbs: string[];
  /** `namespace/name`, or the name alone; none where only lists were read. */
  objects: string[];
  count: number;
  /** RFC 3339, UTC. */
  lastAt: string;
}

/** Reads what the script said on each master, and puts together what one client does with one API. */
export function parseUses(answers: readonly string[]): DeprecatedUse[] {
  const uses = new Map<string, DeprecatedUse>();
  for (const line of answers.flatMap((answer) => answer.split("\n"))) {
    const [, count, event] = line.match(/^(\d+)\t(\{.*)$/) ?? [];
    if (!count || !event) continue;
    const use = useOf(JSON.parse(event), Number(count));
    const key = JSON.stringify([use.user, use.userAgent, use.api, use.removedIn]);
    const before = uses.get(key);
    uses.set(key, before ? together(before, use) : use);
  }
  return [...uses.values()].sort((one, other) => other.lastAt.localeCompare(one.lastAt));
}

/** A client calls itself what it likes: nothing of it may steer a terminal. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, "?").slice(0, 120);

function useOf(event: AuditEvent, count: number): DeprecatedUse {
  const { apiGroup, apiVersion = "", resource = "", namespace, name } = event.objectRef ?? {};
  const removedIn = event.annotations?.["k8s.io/removed-release"];
  return {
    user: printable(event.impersonatedUser?.username ?? event.user.username ?? ""),
    ...(event.userAgent ? { userAgent: printable(event.userAgent) } : {}),
    api: `${apiGroup ? `${apiGroup}/` : ""}${apiVersion} ${resource}`,
    ...(removedIn ? { removedIn } : {}),
    verbs: [event.verb],
    objects: name ? [printable(namespace ? `${namespace}/${name}` : name)] : [],
    count,
    lastAt: event.stageTimestamp,
  };
}

const together = (one: DeprecatedUse, other: DeprecatedUse): DeprecatedUse => ({
  ...one,
  verbs: [...new Set([...one.verbs, ...other.verbs])].sort(),
  objects: [...new Set([...one.objects, ...other.objects])].sort(),
  count: one.count + other.count,
  lastAt: one.lastAt > other.lastAt ? one.lastAt : other.lastAt,
});

/**
 * Tells whether a client comes with the platform: the upgrade itself brings its next version, so that nobody can or need move it.
 * `ownAccounts` are the service accounts of the platform's parts, as `namespace:name`.
 */
export function comesWithPlatform({ user, userAgent }: DeprecatedUse, ownAccounts: ReadonlySet<string>): boolean {
  const account = user.match(/^system:serviceaccount:(.+)$/)?.[1];
  // API server, scheduler, controllers, kubelets and kube-proxy by their certificates.
  if (account === undefined && user.startsWith("system:")) return true;
  // Controllers go by an account of kube-system each. Others in that namespace are an application's.
  if (account?.startsWith("kube-system:") && userAgent?.startsWith("kube-controller-manager/")) return true;
  if (account !== undefined) return ownAccounts.has(account);
  // First boot, which goes by kubeadm's file on the masters; and the installer's own client, which names no agent. An operator's
  // kubectl is the same user and names itself: it counts.
  return user === "kubernetes-admin" || (user === "kpaas-admin" && userAgent === undefined);
}

/** Judges uses of deprecated APIs by the version that is to come; what ends first comes first. */
export function judgeUses(uses: readonly DeprecatedUse[], target: string, now: Date): Finding[] {
  const ageHours = ({ lastAt }: DeprecatedUse) => (now.getTime() - Date.parse(lastAt)) / 3_600_000;
  const remembered = uses.filter((use) => ageHours(use) <= rememberedDays * 24);
  const goes = ({ removedIn }: DeprecatedUse) =>
    removedIn !== undefined && minorNumber(removedIn) <= minorNumber(target);
  const gone = remembered.filter(goes).map((use) => {
    const name = `deprecated API ${use.api}`;
    const end = `${target} serves it no more (removed in ${use.removedIn})`;
    return ageHours(use) <= inUseHours
      ? blocks(
          name,
          `${end}; used by ${inWords(use)}`,
          `move the client to a version that stays (${guide}); ${inUseHours} hours after its last use it stops no upgrade`,
        )
      : warning(
          name,
          `${end}; not used for ${inUseHours} hours, but before by ${inWords(use)}`,
          `be sure that the client has moved (${guide})`,
        );
  });
  return [...gone, ...judgeStaying(remembered.filter((use) => !goes(use)))];
}

/** Warns of APIs that stay for now, once each: one like Endpoints can have many clients. */
function judgeStaying(uses: readonly DeprecatedUse[]): Finding[] {
  const end = ({ removedIn }: DeprecatedUse) => (removedIn ? minorNumber(removedIn) : Number.POSITIVE_INFINITY);
  const soonest = uses.toSorted((one, other) => (end(one) < end(other) ? -1 : end(one) > end(other) ? 1 : 0));
  const apis = new Map(soonest.map(({ api, removedIn }) => [api, removedIn]));
  return [...apis].map(([api, removedIn]) =>
    warning(
      `deprecated API ${api}`,
      `it ${removedIn ? `is removed in ${removedIn}` : "is deprecated, its end is not settled"}; ` +
        `used by ${firstOf(uses.filter((use) => use.api === api).map(inWords), 3, "; ")}`,
      `move its clients ${removedIn ? "before that" : "when it suits you"} (${guide})`,
    ),
  );
}

const guide = "https://kubernetes.io/docs/reference/using-api/deprecation-guide/";

/** Renders `USER (AGENT): get, list, 12 times, last at TIME, on NAMESPACE/NAME` */
function inWords({ user, userAgent, verbs, count, lastAt, objects }: DeprecatedUse): string {
  const agent = userAgent ? ` (${userAgent})` : "";
  const times = count === 1 ? "once" : `${count} times`;
  const what = objects.length > 0 ? `, on ${firstOf(objects)}` : "";
  return `${user}${agent}: ${verbs.join(", ")}, ${times}, last at ${lastAt.replace(/\.\d+Z$/, "Z")}${what}`;
}
