import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { oneAddressPerHost } from "../bosh/artifacts.ts";
import { ApplicationPlatform } from "../components/application-platform.ts";
import { parseEnvironment } from "../config/parse.ts";
import { UserError } from "../lib/errors.ts";
import { environmentOn } from "../tests/harness/environments/bosh-environments.ts";
import { ask, hasApplications, withObtainableApplications } from "./application-sources.ts";
import type { LoadedEnvironment } from "./environments.ts";

const onLocal = { infrastructure: { kind: "local" }, applicationPlatform: { systemDomain: "cf.example.com" } };

function loaded(raw: { applicationPlatform?: object; infrastructure: object } = onLocal): LoadedEnvironment {
  const file = { config: { "kpaas:environment": raw, "kpaas:other": 1 }, encryptionsalt: "salt" };
  return { name: "test", path: "Pulumi.test.yaml", file, environment: parseEnvironment("test", raw) };
}

/** Makes a world in which hosts that `silent` matches do not answer, and gives what was said in it. */
function world({ silent = /^$/, deployed = false }: { silent?: RegExp; deployed?: boolean } = {}) {
  const asked: string[] = [];
  const told: string[] = [];
  return {
    asked,
    told,
    ask: async (url: string) => {
      asked.push(url);
      return silent.test(url) ? { url, why: "does not answer (ENOTFOUND)" } : undefined;
    },
    isDeployed: async () => deployed,
    requireContainerEngine: async () => {},
    tell: (message: string) => void told.push(message),
  };
}

describe("an application platform on local", () => {
  test("is made where everything answers, and who may use the engine is said", async () => {
    const given = loaded();
    const here = world();
    expect(await withObtainableApplications(given, here)).toBe(given);
    expect(here.told).toEqual([expect.stringMatching(/root of the jump host .* is root of this machine/)]);
  });

  test("is left out of environment and file where a host does not answer; all else stays", async () => {
    const here = world({ silent: /bosh\.io/ });
    const result = await withObtainableApplications(loaded(), here);
    expect(result.environment).toEqual(parseEnvironment("test", { infrastructure: { kind: "local" } }));
    expect(result.file).toEqual({
      config: { "kpaas:environment": { infrastructure: { kind: "local" } }, "kpaas:other": 1 },
      encryptionsalt: "salt",
    });
    expect(here.told).toEqual([
      expect.stringMatching(/left out: https:\/\/bosh\.io\/\S+, .*ENOTFOUND.*applicationPlatform\.mirrorBaseUrl/),
    ]);
  });

  test("that is in the state is never taken out by a lost network", async () => {
    const given = loaded();
    const here = world({ silent: /./, deployed: true });
    expect(await withObtainableApplications(given, here)).toBe(given);
    expect(here.told).toEqual([expect.stringMatching(/stays as it is: .*does not answer/)]);
  });

  test("is refused where the engine is none for BOSH, but not where it is left out", async () => {
    const requireContainerEngine = async () => {
      throw new UserError("it is Podman", "use Docker");
    };
    await expect(withObtainableApplications(loaded(), { ...world(), requireContainerEngine })).rejects.toThrow(
      /Podman/,
    );
    const left = await withObtainableApplications(loaded(), { ...world({ silent: /./ }), requireContainerEngine });
    expect(left.environment.applicationPlatform).toBeUndefined();
  });

  test("with a mirror, nobody else is asked", async () => {
    const mirrorBaseUrl = "https://mirror.example.com/bosh";
    const applicationPlatform = { ...onLocal.applicationPlatform, mirrorBaseUrl };
    const here = world({ silent: /mirror/ });
    await withObtainableApplications(loaded({ ...onLocal, applicationPlatform }), here);
    expect(here.asked).toEqual([expect.stringMatching(/^https:\/\/mirror\.example\.com\/bosh\/.+/)]);
    expect(here.told).toEqual([expect.stringMatching(/Have that mirror hold it/)]);
  });
});

test("nothing is asked where there is none, or on a cloud", async () => {
  const here = world({ silent: /./ });
  for (const given of [loaded({ infrastructure: { kind: "local" } }), cloud()])
    expect(await withObtainableApplications(given, here)).toBe(given);
  expect([here.asked, here.told]).toEqual([[], []]);
});

function cloud(): LoadedEnvironment {
  return { ...loaded(), environment: environmentOn("openstack") };
}

test("a state has one as soon as any of it is there", () => {
  const type = ApplicationPlatform.__pulumiType;
  expect(hasApplications({ resources: [{ type: "kpaas:index:ContainerPlatform" }, { type }] })).toBe(true);
  expect(hasApplications({ resources: [{ type: "kpaas:index:ContainerPlatform" }] })).toBe(false);
  expect([hasApplications(undefined), hasApplications({})]).toEqual([false, false]);
});

test("upstream has what is downloaded on these hosts", () => {
  const hosts = oneAddressPerHost(environmentOn("local")).map((url) => new URL(url).host);
  expect(hosts).toEqual(expect.arrayContaining(["github.com", "bosh.io", "storage.googleapis.com"]));
  expect(new Set(hosts).size).toBe(hosts.length);
});

describe("an address", () => {
  let server: Server;
  let base: string;

  beforeAll(async () => {
    server = createServer(({ url }, response) => {
      response.writeHead(Number(url?.slice(1)), { location: "https://nowhere.invalid/" }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => server.close());

  test.each([200, 302, 405])("that answers %i has it", async (status) => {
    expect(await ask(`${base}/${status}`)).toBeUndefined();
  });

  test.each([403, 404, 503])("that answers %i has it not", async (status) => {
    expect(await ask(`${base}/${status}`)).toEqual({ url: `${base}/${status}`, why: `answers ${status}` });
  });

  test("at which nobody listens is told with why", async () => {
    const { url, why } = (await ask("http://127.0.0.1:1/")) ?? {};
    expect([url, why]).toEqual(["http://127.0.0.1:1/", expect.stringMatching(/^does not answer \(.+\)$/)]);
  });
});
