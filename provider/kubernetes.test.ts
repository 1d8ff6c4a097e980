import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeApiServer, fakeNode, nodesPath } from "../tests/harness/provider/fake-api-server.ts";
import { admitJoinToken, withdrawJoinToken } from "./join-tokens.ts";
import { ApiError, KubernetesApi } from "./kubernetes.ts";
import { untilReady } from "./node-readiness.ts";
import { selfSignedAuthority } from "./x509.ts";

let server: FakeApiServer;
let api: KubernetesApi;
const running = new AbortController();

beforeEach(async () => {
  server = await FakeApiServer.start();
  api = new KubernetesApi(server.credentials);
});
afterEach(async () => {
  api.close();
  await server.stop();
});

const context = (signal = running.signal) => ({
  name: "node",
  environment: "test",
  signal,
  report: () => {},
  warn: () => {},
});

describe("the API client", () => {
  test("refuses a server that the platform's authority did not sign", async () => {
    const stranger = await selfSignedAuthority("stranger", 1);
    const misled = new KubernetesApi({ ...server.credentials, caCertPem: stranger.certPem });
    await expect(misled.call("GET", nodesPath)).rejects.toThrow(/certificate/);
    expect(server.requests).toEqual([]);
  });

  test("gives the server's own words for a refusal, and nothing for what is not there", async () => {
    server.refuse = (method) => (method === "POST" ? 403 : undefined);
    await expect(api.call("POST", nodesPath, fakeNode("a", "True"))).rejects.toEqual(
      new ApiError(403, "refused with 403"),
    );
    server.refuse = () => ({ status: 429, message: "not now", causes: ["the budget web needs 2 pods"] });
    await expect(api.call("POST", nodesPath, {})).rejects.toMatchObject({
      message: "429: not now",
      details: ["the budget web needs 2 pods"],
    });
    server.refuse = () => undefined;
    expect(await api.find(`${nodesPath}/a`)).toBeUndefined();
    await api.remove(`${nodesPath}/a`);
  });
});

describe("join tokens", () => {
  const path = "/api/v1/namespaces/kube-system/secrets/bootstrap-token-abcdef";

  test("are bootstrap tokens for a node's certificate that expire, are prolonged and are withdrawn", async () => {
    await admitJoinToken(api, "abcdef.0123456789abcdef", 60);
    expect(server.objects.get(path)).toMatchObject({
      type: "bootstrap.kubernetes.io/token",
      stringData: {
        "token-id": "abcdef",
        "token-secret": "0123456789abcdef",
        "usage-bootstrap-authentication": "true",
        "usage-bootstrap-signing": "true",
        "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
        expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      },
    });
    const expiration = () => Date.parse(String(Object(server.objects.get(path)?.stringData).expiration));
    const first = expiration();
    expect(Math.abs(first - Date.now() - 60_000)).toBeLessThan(5000);

    await admitJoinToken(api, "abcdef.0123456789abcdef", 600);
    expect(expiration() - first).toBeGreaterThan(500_000);

    await withdrawJoinToken(api, "abcdef.0123456789abcdef");
    expect(server.objects.has(path)).toBe(false);
  });
});

describe("waiting for a node", () => {
  const wait = (timeoutSeconds: number, machineId = "this machine", signal?: AbortSignal) =>
    untilReady(api, { nodeName: "a", machineId: async () => machineId, timeoutSeconds }, context(signal));
  const watched = () => server.requests.filter((request) => request.includes("watch=true")).length;
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  test("ends with the event that says Ready, over a watch that is cut and begun again", async () => {
    const ready = wait(20);
    await until(() => watched() === 1);
    server.put(`${nodesPath}/b`, fakeNode("b", "True"));
    server.put(`${nodesPath}/a`, fakeNode("a", "False"));
    server.cut();
    await until(() => watched() === 2);
    server.put(`${nodesPath}/a`, fakeNode("a", "True"));
    expect((await ready).metadata.name).toBe("a");
    // No polling: one list and one watch for each connection.
    expect(server.requests).toHaveLength(4);
  });

  test("asks the list first, where the node may be Ready already", async () => {
    server.put(`${nodesPath}/a`, fakeNode("a", "True"));
    await wait(20);
    expect(watched()).toBe(0);
  });

  test("removes the node of a machine before it, which would keep this one from joining", async () => {
    server.put(`${nodesPath}/a`, fakeNode("a", "True", "a machine before"));
    const ready = wait(20);
    await until(() => watched() === 1);
    expect(server.objects.has(`${nodesPath}/a`)).toBe(false);
    server.put(`${nodesPath}/a`, fakeNode("a", "True"));
    expect((await ready).status.nodeInfo.machineID).toBe("this machine");
  });

  test.each([
    ["has not joined", undefined, "it has not joined"],
    ["is not ready", fakeNode("a", "False"), "container runtime network not ready"],
    ["is another machine", fakeNode("a", "True", "other"), "only a machine before it has joined"],
  ])("says after the time-out that the node %s", async (_, node, reason) => {
    if (node) server.put(`${nodesPath}/a`, node);
    await expect(wait(0.5)).rejects.toThrow(reason);
  });

  test("ends at once when it is cancelled", async () => {
    const cancellation = new AbortController();
    const ready = wait(60, "this machine", cancellation.signal);
    await until(() => watched() === 1);
    cancellation.abort(new Error("cancelled"));
    await expect(ready).rejects.toThrow("cancelled");
  });
});
