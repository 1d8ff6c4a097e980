import { request } from "node:https";
import { eventually } from "../../lib/eventually.ts";
import type { PlatformOutputs } from "../access/outputs.ts";
import type { Check } from "./check.ts";

export const registryAcceptsLogin: Check = {
  name: "registry takes its login over TLS",
  run: async ({ outputs: { registry } }) => {
    await eventually(20, async () => expectStatus(await registryLogin(registry, registry.password), 200));
    return registry.endpoint;
  },
};

export const registryRefusesWrongPassword: Check = {
  name: "registry refuses a wrong password",
  run: async ({ outputs: { registry } }) => {
    await eventually(20, async () => expectStatus(await registryLogin(registry, "wrong"), 401));
    return "401";
  },
};

function expectStatus(status: number | undefined, expected: number): void {
  if (status !== expected) throw new Error(`it answered ${status}, not ${expected}`);
}

/** Gives the status that the image registry answers to a login; one attempt. */
export function registryLogin({ endpoint, name, user, caCertPem }: PlatformOutputs["registry"], password: string) {
  const { hostname: host, port } = new URL(`https://${endpoint}`);
  const servername = name.split(":")[0];
  return new Promise<number | undefined>((resolve, reject) => {
    const sent = request(
      {
        host,
        port,
        servername,
        path: "/v2/",
        auth: `${user}:${password}`,
        ca: caCertPem,
        timeout: 10_000,
        agent: false,
      },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    sent.on("timeout", () => sent.destroy(new Error("no answer within 10 s")));
    sent.on("error", reject);
    sent.end();
  });
}
