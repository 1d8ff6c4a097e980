import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { ContainerPlatform } from "../components/container-platform.ts";
import { machineFiles, userData } from "../components/first-boot/index.ts";
import { firstHostKey } from "../components/host-key.ts";
import { Rollout } from "../components/rollout.ts";
import type { Environment } from "../config/environment.ts";
import { capabilitiesOf, infrastructureKinds } from "../config/infrastructure/catalog.ts";
import { planMachines } from "../config/machines.ts";
import { parseEnvironment } from "../config/parse.ts";
import { plannedImages } from "../plan/images.ts";
import { platformFacts, shownToken, userDataTexts } from "../plan/user-data.ts";
import type { MachineFile } from "../provider/sdk.ts";
import { exampleSettings } from "../tests/harness/environments/shipped-examples.ts";
import { ofType, record } from "../tests/harness/mocks/mocks.ts";

/** The infrastructure whose machines boot in `npm run e2e:openstack-boots`. The others have machines of the same kind, which did not. */
const booted = "openstack";

const example = (kind: string) => exampleSettings(kind === "local" ? "local" : `${kind}-operation`);
const capabilities = (kind: string) => capabilitiesOf(parseEnvironment("test", example(kind)).infrastructure);
const clouds = infrastructureKinds().filter((kind) => kind !== booted && !capabilities(kind).onThisHost);

interface Platform {
  /** Capability without which there is none. */
  needs: "bastion" | "virtualAddress" | "loadBalancer";
  zones: number;
  containerPlatform: object;
}

/** Platforms by what stands before their API servers. */
const platforms = {
  "one HAProxy": { needs: "bastion", zones: 1, containerPlatform: {} },
  "two HAProxy machines": { needs: "virtualAddress", zones: 1, containerPlatform: { haproxy: { count: 2 } } },
  "the cloud's load balancer": { needs: "loadBalancer", zones: 2, containerPlatform: { gateway: "load-balancer" } },
} satisfies Record<string, Platform>;

function environmentOn(kind: string, { zones, containerPlatform }: Platform): Environment {
  return parseEnvironment("test", {
    infrastructure: example(kind).infrastructure,
    network: { cidr: "10.180.0.0/22", zones, ...(kind === "local" ? {} : { adminCidrs: ["203.0.113.0/24"] }) },
    containerPlatform: {
      masters: { count: 3 },
      workerPools: [{ name: "worker", count: 2 }],
      ...containerPlatform,
    },
  });
}

describe.each(Object.entries(platforms))("with %s", (_, platform) => {
  const able = clouds.filter((kind) => capabilities(kind)[platform.needs]);
  const of = <T>(kind: string, render: (environment: Environment) => T) => render(environmentOn(kind, platform));

  test.each(able)("machines of %s are told and delivered what booted, without any difference", (kind) => {
    expect(of(kind, userDataTexts)).toEqual(of(booted, userDataTexts));
  });

  test.each(able)("%s needs the images that were there, from the same registries", (kind) => {
    expect(of(kind, plannedImages)).toEqual(of(booted, plannedImages));
  });
});

/** User-data that a cloud's machines get in another form, and why. */
const packed: Record<string, (given: string) => string> = {
  // cloud-init's archive: the images' passwords have expired, and a script beside it ends that.
  kt: (given) => parse(given.replace("#cloud-config-archive\n", ""))[0].content,
  // A script that lays it where cloud-init reads it: the cloud has no user-data.
  naver: (given) => text(/base64 -d <<'END'.*\n(.*)\nEND/.exec(given)?.[1] ?? ""),
};

/** Gives user-data as cloud-init reads it: as it is, or compressed where a cloud takes little of it. */
function text(given: string): string {
  const bytes = Buffer.from(given, "base64");
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes).toString() : given;
}

const texts = (value: unknown): string[] =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(texts)
      : [];

/** Gives files with words in the place of the host key, which follows from the machine's id at its cloud. */
const comparable = (files?: MachineFile[]) =>
  files?.map((file) => (/ssh_host_ed25519_key(\.pub)?$/.test(file.path) ? { ...file, content: "its own" } : file));

/** Gives what the program hands to the cloud as user-data, by host name, and the files that it delivers, by machine. */
async function handedOver(kind: string) {
  const environment = environmentOn(kind, platforms["one HAProxy"]);
  const { createInfrastructure } = await import(`./${kind}/index.ts`);
  const recorded = await record(
    () =>
      new ContainerPlatform("platform", {
        environment,
        infrastructure: createInfrastructure(environment, {}),
        rollout: new Rollout([], {}),
      }),
  );
  const given = recorded.resources
    .filter(({ type }) => !type.startsWith("kpaas:"))
    .flatMap(({ inputs }) => texts(inputs))
    .map(text)
    .flatMap((each) => (/^#cloud-config|nocloud/.test(each) ? [(packed[kind] ?? String)(each)] : []));
  const delivered = [...ofType(recorded, "kpaas:index:MachineFiles"), ...ofType(recorded, "kpaas:index:Node")].map(
    ({ name, inputs }) => [name, comparable(inputs.files?.value ?? inputs.files)] as const,
  );
  return { environment, given, delivered: Object.fromEntries(delivered) };
}

/** The seed of host keys, as the mocks generate it. */
const hostKeySeed = "platform-secrets-host-key-seed SECRET";

let first: ReturnType<typeof handedOver> | undefined;

function asBooted() {
  first ??= handedOver(booted);
  return first;
}

test.each([booted, ...clouds])("%s hands each machine this user-data, and delivers the same files", async (kind) => {
  const { environment, given, delivered } = await handedOver(kind);
  const told = planMachines(environment).map((plan) => userData(plan, firstHostKey(hostKeySeed, plan)));
  expect([...new Set(given)].sort()).toEqual(told.sort());
  expect(delivered).toEqual((await asBooted()).delivered);
});

/** Files in which `local`, whose machines boot, too (`npm run e2e:local`), differs, and why. */
const differsOnLocal = [
  ...["master-1", "master-2", "master-3", "haproxy-1", "registry", "database", "storage", "worker-1", "worker-2"].map(
    (machine) => `${machine} /etc/kpaas/hosts: nobody logs in, so there is no bastion`,
  ),
  "master-1 /etc/kpaas/addons/storage.yaml: workers share a directory, and need no file server",
  "worker-1 /etc/kpaas/first-boot.env: nor its client's package",
  "worker-2 /etc/kpaas/first-boot.env: nor its client's package",
].sort();

test("local differs in what follows from its volumes and from having no bastion, and in nothing else", () => {
  const [local = new Map(), cloud = new Map()] = ["local", booted].map((kind) => {
    const facts = platformFacts(environmentOn(kind, platforms["one HAProxy"]));
    const files = facts.machines.flatMap((machine) => [
      [`${machine.name} user-data`, userData(machine)] as const,
      ...machineFiles(machine, facts, { token: shownToken }).map(
        ({ path, content }) => [`${machine.name} ${path}`, content] as const,
      ),
    ]);
    return new Map(files.filter(([name]) => !name.startsWith("bastion ")));
  });
  const names = [...new Set([...local.keys(), ...cloud.keys()])];
  const differing = names.filter((name) => local.get(name) !== cloud.get(name)).sort();
  expect(differing).toEqual(differsOnLocal.map((each) => each.split(":")[0]));
});
