import { Agent } from "node:https";
import { registryPushPort } from "../../config/ports.ts";
import { UserError } from "../../lib/errors.ts";
import { RegistryClient, type RegistryFailures } from "../../lib/registry-client.ts";
import type { Connection } from "../../provider/sdk.ts";
import { tunnelledRegistryClient } from "../../provider/tunnel.ts";
import type { PlatformOutputs } from "../access/outputs.ts";

type Access = PlatformOutputs["registry"];

/** Makes a client that reads the platform's image registry: through the gateway, by the platform's CA. */
export function platformRegistryClient(access: Access): RegistryClient {
  const { endpoint, name, user, password, caCertPem } = access;
  const agent = new Agent({
    keepAlive: true,
    ca: caCertPem,
    // The gateway's public address is in no certificate; the registry's name is.
    servername: name.split(":")[0],
  });
  return new RegistryClient({ endpoint, user, password, agent, failures: { refused, unanswered } });
}

/**
 * Makes a client that puts images into the platform's image registry: over the installer's own connection to its machine, which takes images
 * at its loopback only. Throws UserError where that way is not known.
 */
export function pushingRegistryClient(outputs: Partial<PlatformOutputs>, port = registryPushPort): RegistryClient {
  const { access, connection } = pushAccess(outputs);
  const { name, user, password, caCertPem } = access;
  const endpoint = `${name.split(":")[0]}:${port}`;
  const failures = { refused, unanswered: noWay };
  return tunnelledRegistryClient({ connection, endpoint, user, password, caCertPem, failures });
}

/** Gives the registry's access and the way to its machine. Throws UserError where they are not known. */
export function pushAccess({ registry, machines }: Partial<PlatformOutputs>): {
  access: Access;
  connection: Connection;
} {
  const connection =
    registry?.connection ?? Object.values(machines ?? {}).find(({ role }) => role === "registry")?.connection;
  if (registry && connection) return { access: registry, connection };
  throw new UserError("the way to the registry's machine is not known yet", "./kpaas up of this environment");
}

const refused: RegistryFailures["refused"] = (what, status, said) => {
  if (status === 401)
    return new UserError("the registry refuses the platform's login", "mend it by ./kpaas up of this environment");
  const reason = [status, said].filter(Boolean).join(" ");
  const next = /DIGEST_INVALID/.test(said)
    ? "the archive is damaged: make it again"
    : "look at the registry: ./kpaas status, ./kpaas ssh ENVIRONMENT registry -- journalctl -u docker-registry -u kpaas-registry-push";
  return new UserError(`the registry, asked ${what}, answered ${reason}`, next);
};

const unanswered: RegistryFailures["unanswered"] = (endpoint, reason) =>
  new UserError(
    `the registry at ${endpoint} does not answer (${reason})`,
    "see what is up: ./kpaas status; only network.adminCidrs reach it from outside",
  );

const noWay: RegistryFailures["unanswered"] = (endpoint, reason) =>
  new UserError(
    `the registry's machine takes no images at ${endpoint} (${reason})`,
    "see what is up: ./kpaas status; of a platform that an earlier release brought up: ./kpaas up of this environment first",
  );
