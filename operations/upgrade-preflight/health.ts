import { type EtcdMember, etcdProblems } from "../../provider/etcd-members.ts";
import { isReady, type NodeObject } from "../../provider/node-readiness.ts";
import { blocks, type Finding, firstOf } from "./finding.ts";

/** Runs on a master: what its own API server says of itself, whichever one the gateway turns to. */
export const readinessScript = `curl -sk --max-time 10 'https://127.0.0.1:6443/readyz?verbose' || true`;

/** Judges the answer of `/readyz?verbose`. */
export function judgeReadiness(master: string, answer: string): Finding[] {
  const lines = answer.split("\n").map((line) => line.trim());
  // A server that is well ends with "readyz check passed".
  if (lines.includes("readyz check passed")) return [];
  const failing = lines.flatMap((line) => line.match(/^\[-\](\S+)/)?.[1] ?? []);
  const reason = failing.length > 0 ? `check ${firstOf(failing)} fails` : lines.find(Boolean) || "it does not answer";
  return [
    blocks(
      `API server of ${master}`,
      `it is not ready: ${reason}`,
      `see why: ./kpaas logs, or crictl ps and crictl logs on ${master}`,
    ),
  ];
}

/** Judges the nodes that the platform has on record, and those that the cluster has. */
export function judgeNodes(nodes: readonly NodeObject[], wanted: readonly string[]): Finding[] {
  const unready = nodes.filter((node) => !isReady(node)).map(({ metadata }) => metadata.name);
  const missing = wanted.filter((name) => nodes.every(({ metadata }) => metadata.name !== name));
  const away = [...unready.map((name) => `${name} is not Ready`), ...missing.map((name) => `${name} is missing`)];
  if (away.length === 0) return [];
  return [
    blocks("nodes", firstOf(away, 10), "see why: ./kpaas status; bring the platform up at its present version first"),
  ];
}

/** Judges etcd: every master has a member, and each is well. */
export function judgeEtcd(members: readonly EtcdMember[], masters: readonly NodeObject[]): Finding[] {
  const problems = etcdProblems(members, masters);
  if (problems.length === 0) return [];
  return [
    blocks(
      "members of etcd",
      problems.join(", "),
      "mend etcd first: an upgrade takes one member away at a time (./kpaas status; crictl logs of etcd on that machine)",
    ),
  ];
}
