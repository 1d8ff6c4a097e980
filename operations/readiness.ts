import { existsSync, readFileSync } from "node:fs";
import { networkGateway, workersCidr } from "../config/addresses.ts";
import { capabilitiesOf, factsOf } from "../config/infrastructure/catalog.ts";
import { hasCredentials } from "../config/infrastructure/credentials.ts";
import type { CountedThing, RemainingQuotas } from "../config/infrastructure/quotas.ts";
import { servesPackages } from "../config/packages.ts";
import { versions } from "../config/versions.ts";
import { UserError } from "../lib/errors.ts";
import { note } from "../lib/terminal.ts";
import { packagesInUse, packagesMissing } from "../provider/package-bundle.ts";
import { containerEngine } from "./doctor/container-engine.ts";
import type { Finding } from "./doctor/examination.ts";
import { neededDiskBytes, roomFor } from "./doctor/host.ts";
import { answers } from "./doctor/registries.ts";
import { goToolchain } from "./doctor/tools.ts";
import { isForeignBackend, readStackState } from "./engine/state.ts";
import type { LoadedEnvironment } from "./environments.ts";
import { runTogether, type Step } from "./steps.ts";

interface Subject extends Pick<LoadedEnvironment, "name" | "environment"> {
  /** There is a state: the environment is up, or was begun. */
  isBegun: boolean;
  /** A preview is judged by the policy pack, which knows the cloud's resources, too, and tells more. */
  forPreview: boolean;
}

const onThisHost = ({ environment }: Subject): boolean =>
  capabilitiesOf(environment.infrastructure).onThisHost === true;

/** Looks for all that would stop an `up` later, after minutes; each costs milliseconds where nothing is missing. */
const examinations: readonly Step<Subject, Finding[]>[] = [
  { name: "ask the container engine", when: onThisHost, run: engine },
  {
    name: "look whether the network's range is free",
    when: (one) => onThisHost(one) && !one.isBegun,
    run: range,
  },
  { name: "look for tools, or a way to them", run: tools },
  { name: "judge by the rules", when: ({ isBegun, forPreview }) => !isBegun && !forPreview, run: rules },
  { name: "look for credentials", when: (one) => !onThisHost(one), run: credentials },
  { name: "look for the machines' packages", when: (one) => !onThisHost(one), run: packages },
  { name: "ask the cloud what its project may still make", when: ({ isBegun }) => !isBegun, run: quotas },
];

/** Examinations without which nothing can be previewed either. */
const previewedToo = new Set<string>(["disk", "tools", "credentials", "packages"]);

/** Environments that were found ready by this process. */
const ready = new Set<string>();

/** Refuses, all at once and in seconds, where something would stop an `up` later. Throws UserError. */
export async function requireReady({ name, environment }: Omit<LoadedEnvironment, "path" | "file">): Promise<void> {
  if (ready.has(name)) return;
  const subject = { name, environment, isBegun: isBegun(name), forPreview: false };
  refuse(name, "come up", await blocking(subject));
  ready.add(name);
}

/** Refuses a preview that cannot be made; warns of what would stop the `up`. Throws UserError. */
export async function requirePreviewable({ name, environment }: LoadedEnvironment): Promise<void> {
  const subject = { name, environment, isBegun: isBegun(name), forPreview: true };
  const found = await blocking(subject);
  const stops = ({ name: what }: Finding) => subject.isBegun || previewedToo.has(what);
  refuse(name, "be previewed", found.filter(stops));
  for (const one of found) note(`warning: up would stop: ${lineOf(one)}; ${one.remedy}`);
}

const isBegun = (name: string): boolean => isForeignBackend() || readStackState(name) !== undefined;

async function blocking(subject: Subject): Promise<Finding[]> {
  const found = (await runTogether(examinations, subject)).flat();
  return found.filter(({ level }) => level === "blocks");
}

function refuse(name: string, what: string, findings: readonly Finding[]): void {
  const [first, ...more] = findings;
  if (!first) return;
  if (more.length === 0) throw new UserError(`${name} cannot ${what} here: ${lineOf(first)}`, first.remedy);
  throw new UserError(
    [`${name} cannot ${what} here, for ${findings.length} reasons:`, ...findings.map((one) => `  ${lineOf(one)}`)].join(
      "\n",
    ),
    [...new Set(findings.flatMap(({ remedy }) => remedy ?? []))].join("\n      "),
  );
}

const lineOf = ({ name, found }: Finding): string => `${name}: ${found}`;

async function engine(): Promise<Finding[]> {
  try {
    return await containerEngine();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [{ name: "container engine", level: "blocks", found: error.message, remedy: error.next }];
  }
}

async function range({ environment }: Subject): Promise<Finding[]> {
  const { findContainerEngine } = await import("../local/container-engine.ts");
  // One that is missing, or wrongly named, is told by its own examination; one that is yet to be installed has no networks.
  if (!(await findContainerEngine().catch(() => undefined))) return [];
  const { networkConflict } = await import("../local/network.ts");
  const conflict = await networkConflict({
    networkName: `kpaas-${environment.name}`,
    environment: environment.name,
    cidr: environment.network.cidr,
    gateway: networkGateway(environment),
    dynamicCidr: workersCidr(environment),
  });
  return conflict ? [{ name: "range", level: "blocks", found: conflict.message, remedy: conflict.next }] : [];
}

/** Looks for room, too: how much it takes depends on what is there. */
async function tools(subject: Subject): Promise<Finding[]> {
  const [{ pulumiIsHere }, { kubernetesIsHere }] = await Promise.all([
    import("../toolchain/pulumi.ts"),
    import("../toolchain/kubernetes.ts"),
  ]);
  const { kubernetesVersion } = subject.environment.containerPlatform;
  const missing: { label: string; url: string }[] = [];
  if (!(await pulumiIsHere())) missing.push({ label: `Pulumi ${versions.pulumi}`, url: "https://get.pulumi.com/" });
  if (onThisHost(subject) && !(await kubernetesIsHere(kubernetesVersion)))
    missing.push({ label: `Kubernetes ${kubernetesVersion}`, url: "https://dl.k8s.io/" });
  if (missing.length === 0) return roomFor(0);
  const room = await roomFor(onThisHost(subject) ? neededDiskBytes : neededDiskBytes / 4);
  const [go] = await goToolchain();
  if (go?.level === "ok") return room;
  const reachable = await Promise.all(missing.map(({ url }) => answers(url)));
  const unobtainable = missing.filter((_, index) => !reachable[index]);
  return [
    ...room,
    ...unobtainable.map(
      ({ label, url }): Finding => ({
        name: "tools",
        level: "blocks",
        found: `${label} is not here, ${new URL(url).host} is out of reach, and Go, which would build it, is not installed`,
        remedy: "install Go 1.26 or newer from https://go.dev/dl/, or allow access to that host",
      }),
    ),
  ];
}

/** Judges by the mandatory rules that need no cloud, and tells of quotas that a new project usually has not. */
async function rules({ environment }: Subject): Promise<Finding[]> {
  const [{ planOf }, { shippedPriceTable }] = await Promise.all([
    import("../plan/plan.ts"),
    import("../plan/price-table.ts"),
  ]);
  const { policies, quotas } = planOf(environment, shippedPriceTable(environment.infrastructure.kind));
  const over = quotas.filter(({ needed, usualLimit }) => needed > usualLimit);
  for (const { name, needed, usualLimit } of over)
    note(
      `warning: ${environment.name} needs ${needed} ${name}, and a new project usually has ${usualLimit}: see that yours has more`,
    );
  const broken = policies.rules.filter(({ level }) => level === "mandatory");
  return broken.flatMap(({ name, violations }) =>
    violations.map(({ path, message, remedy }): Finding => {
      return { name: `policy ${name}`, level: "blocks", found: `${path}: ${message}`, remedy };
    }),
  );
}

async function credentials({ environment: { infrastructure } }: Subject): Promise<Finding[]> {
  if (attachesToCloud()) return [];
  const { credentials: fact } = factsOf(infrastructure);
  if ("reason" in fact || hasCredentials(fact, { variables: process.env, exists: existsSync, vendor })) return [];
  return [
    {
      name: "credentials",
      level: "blocks",
      found: `none of ${infrastructure.kind} are in the environment, nor in the files of its own tools`,
      remedy: fact.remedy,
    },
  ];
}

/** Looks whether the platform can serve the packages that it is to serve: those of a bundle, which the first run has to have. */
async function packages({ name, environment, isBegun }: Subject): Promise<Finding[]> {
  const blocks = (found: string, remedy: string): Finding[] => [{ name: "packages", level: "blocks", found, remedy }];
  const bundled = packagesInUse();
  const way = `./kpaas up ${name} --bundle DIR`;
  if (!servesPackages(environment)) {
    if (bundled && !isBegun)
      note(
        `warning: machines of ${name} take packages from the sources of their image; with packages.source: platform they get those of the bundle`,
      );
    return [];
  }
  if (!bundled) {
    const { resources = [] } = readStackState(name) ?? {};
    const isThere = isForeignBackend() || resources.some(({ type }) => type === "kpaas:index:PackageSource");
    return isThere ? [] : blocks("packages.source is platform, and there is no bundle to serve packages of", way);
  }
  const { machinePackages } = await import("../plan/user-data.ts");
  const missing = packagesMissing(bundled, machinePackages(environment));
  if (missing.length === 0) return [];
  return blocks(
    `the bundle ${bundled.folder} has not all packages of the machines: ${missing.join(", ")} are missing`,
    `make it anew: ./kpaas bundle create --environments ${name} --out DIR`,
  );
}

/** Compares what the environment needs with what the cloud still gives, where it can be asked. */
async function quotas({ environment }: Subject): Promise<Finding[]> {
  const { infrastructure } = environment;
  const { remainingQuotas, usualQuotas } = factsOf(infrastructure);
  if ("reason" in remainingQuotas || "reason" in usualQuotas || attachesToCloud()) return [];
  let remaining: RemainingQuotas | undefined;
  try {
    remaining = await remainingQuotas(infrastructure);
  } catch (error) {
    if (error instanceof UserError)
      return [{ name: "credentials", level: "blocks", found: error.message, remedy: error.next }];
    note(`warning: quotas of the project could not be asked for: ${(error as Error).message}`);
  }
  if (!remaining) return [];
  const { planOf } = await import("../plan/plan.ts");
  const needed = new Map(planOf(environment).quotas.map((demand) => [demand.name, demand.needed]));
  return Object.entries(usualQuotas.limits).flatMap(([thing, { name }]): Finding[] => {
    const [left, wanted = 0] = [remaining[thing as CountedThing], needed.get(name)];
    if (left === undefined || wanted <= left) return [];
    return [
      {
        name: "quota",
        level: "blocks",
        found: `${environment.name} needs ${wanted} ${name}, and the project has ${left} left`,
        remedy: "have the project's quotas raised, free what it does not use, or make the environment smaller",
      },
    ];
  });
}

/** Tells whether the engine attaches to a cloud's provider that runs already: it has credentials of its own. */
function attachesToCloud(): boolean {
  const attached = (process.env.PULUMI_DEBUG_PROVIDERS ?? "").split(",").filter((each) => each !== "");
  return attached.some((each) => !each.startsWith("kpaas:"));
}

function vendor(): string {
  const file = "/sys/class/dmi/id/sys_vendor";
  return existsSync(file) ? readFileSync(file, "utf8").trim() : "";
}
