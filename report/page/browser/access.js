/** Names operators' ranges, and the platform's own. */
export function sourceName(cidr, { adminCidrs, cidr: own }) {
  if (adminCidrs.includes(cidr)) return "operators";
  return cidr === own ? "every machine" : cidr;
}

export function sourcesOf(port, network) {
  const named = port.fromCidrs.map((cidr) => sourceName(cidr, network));
  return [...new Set([...named, ...port.fromRoles, ...(port.fromPods ? ["pods"] : [])])];
}

/** Names a role. The gateway's has its machines' name, also where a load balancer stands in for them. */
export function roleName(role, { gateway }) {
  return role === "haproxy" && gateway.kind === "load-balancer" ? "load balancer" : role;
}

export const sourceNames = (port, network) =>
  sourcesOf(port, network)
    .map((source) => roleName(source, network))
    .join(", ");

export function portText({ protocol, fromPort, toPort }) {
  if (fromPort === undefined) return protocol;
  return `${protocol} ${fromPort === toPort ? fromPort : `${fromPort}–${toPort}`}`;
}

export const inbound = ({ ports }, role) => ports.filter((port) => port.role === role);

export const outbound = ({ ports }, role) => ports.filter((port) => port.fromRoles.includes(role));

/** Lists what has a connection with a role, either way; `operators` among them. */
export function peers(plan, role) {
  const from = inbound(plan, role).flatMap((port) => sourcesOf(port, plan.network));
  return { from: [...new Set(from)], to: [...new Set(outbound(plan, role).map((port) => port.role))] };
}
