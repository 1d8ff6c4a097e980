import { Agent } from "node:https";
import { UserError } from "../../lib/errors.ts";
import { RegistryClient, type RegistryFailures } from "../../lib/registry-client.ts";
import type { PlatformOutputs } from "../access/outputs.ts";

/** Makes a client of the platform's image registry: through the gateway, by the platform's CA. */
export function platformRegistryClient(access: PlatformOutputs["registry"]): RegistryClient {
  const { endpoint, name, user, password, caCertPem } = access;
  const agent = new Agent({
    keepAlive: true,
    ca: caCertPem,
    // The gateway's public address is in no certificate; the registry's name is.
    servername: name.split(":")[0],
  });
  return new RegistryClient({ endpoint, user, password, agent, failures: { refused, unanswered } });
}

const refused: RegistryFailures["refused"] = (what, status, said) => {
  if (status === 401)
    return new UserError("the registry refuses the platform's login", "mend it by ./kpaas up of this environment");
  const reason = [status, said].filter(Boolean).join(" ");
  const next = /DIGEST_INVALID/.test(said)
    ? "the archive is damaged: make it again"
    : "look at the registry: ./kpaas status, ./kpaas ssh ENVIRONMENT registry -- journalctl -u docker-registry";
  return new UserError(`the registry, asked ${what}, answered ${reason}`, next);
};

const unanswered: RegistryFailures["unanswered"] = (endpoint, reason) =>
  new UserError(
    `the registry at ${endpoint} does not answer (${reason})`,
    "see what is up: ./kpaas status; only network.adminCidrs reach it from outside",
  );
