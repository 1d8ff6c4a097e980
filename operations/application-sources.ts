import { oneAddressPerHost } from "../bosh/artifacts.ts";
import { capabilitiesOf } from "../config/infrastructure/catalog.ts";
import type { BoshEnvironment } from "../config/infrastructure/cpi.ts";
import { parseEnvironment } from "../config/parse.ts";
import { note } from "../lib/terminal.ts";
import { isForeignBackend, readStackState } from "./engine/state.ts";
import { openExisting } from "./engine/workspace.ts";
import type { LoadedEnvironment } from "./environments.ts";
import type { Step } from "./steps.ts";

const timeoutMs = 5000;

/** An address that something is downloaded from, and why it cannot be. */
interface Unanswered {
  url: string;
  why: string;
}

type Ask = (url: string) => Promise<Unanswered | undefined>;

/** The world around, as far as the question needs it; tests give their own. */
interface Surroundings {
  ask: Ask;
  /**
   * Tells whether the environment's state has an application platform, or a part of one: its disks are protected from an `up`.
   */
  isDeployed(name: string): Promise<boolean>;
  requireContainerEngine(): Promise<void>;
  tell(message: string): void;
}

/**
 * Gives the environment as it can be made now. On this host, where the container platform is to come up without the Internet,
 * too, it is without its application platform while nothing answers that BOSH downloads from. One that is there stays: its VMs
 * are what they are. Throws UserError where the container engine is none for BOSH.
 */
export async function withObtainableApplications(
  loaded: LoadedEnvironment,
  { ask, isDeployed, requireContainerEngine, tell }: Surroundings = surroundings,
): Promise<LoadedEnvironment> {
  const { name, environment } = loaded;
  const { applicationPlatform, infrastructure } = environment;
  if (!applicationPlatform || !capabilitiesOf(infrastructure).onThisHost) return loaded;
  const unanswered = await firstUnanswered({ ...environment, applicationPlatform }, ask);
  if (unanswered && !(await isDeployed(name))) {
    tell(leftOut(name, unanswered, applicationPlatform.mirrorBaseUrl));
    return withoutApplications(loaded);
  }
  await requireContainerEngine();
  tell(unanswered ? kept(unanswered) : rootHere);
  return loaded;
}

/** Step of operations that hand the program to the engine. */
export const leaveOutUnobtainable: Step<{ loaded: LoadedEnvironment }> = {
  name: "leave out applications that cannot be downloaded",
  run: async (operation) => {
    operation.loaded = await withObtainableApplications(operation.loaded);
  },
};

const rootHere =
  "BOSH works with this machine's container engine: root of the jump host or of BOSH's director is root of this machine";

const leftOut = (name: string, { url, why }: Unanswered, mirrorBaseUrl?: string): string =>
  `the application platform is left out: ${url}, from where BOSH downloads, ${why}. ` +
  `${mirrorBaseUrl ? "Have that mirror hold it" : "Name a mirror that answers as applicationPlatform.mirrorBaseUrl"}, then: ./kpaas up ${name}`;

const kept = ({ url, why }: Unanswered): string =>
  `the application platform stays as it is: ${url}, from where BOSH downloads, ${why}; what BOSH has to download now fails`;

function withoutApplications({ name, path, file }: LoadedEnvironment): LoadedEnvironment {
  const { "kpaas:environment": asked, ...others } = file.config ?? {};
  const { applicationPlatform: _, ...raw } = asked as Record<string, unknown>;
  const config = { ...others, "kpaas:environment": raw };
  return { name, path, file: { ...file, config }, environment: parseEnvironment(name, raw) };
}

async function firstUnanswered(environment: BoshEnvironment, ask: Ask): Promise<Unanswered | undefined> {
  const answers = await Promise.all(oneAddressPerHost(environment).map(ask));
  return answers.find((answer) => answer !== undefined);
}

/** Asks whether an address answers. A redirect is an answer, and so is that of a server that takes no HEAD. */
export async function ask(url: string): Promise<Unanswered | undefined> {
  try {
    const { status } = await fetch(url, { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
    return status < 400 || status === 405 ? undefined : { url, why: `answers ${status}` };
  } catch (error) {
    return { url, why: `does not answer (${reasonOf(error)})` };
  }
}

/** Gives the reason why fetch failed: it says "fetch failed" and keeps why as the cause. */
function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return `within ${timeoutMs / 1000} s`;
  const { cause } = error as { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? String(error);
}

/** Tells whether a state has an application platform; it does as long as any of it is there. */
export function hasApplications(state?: { resources?: { type: string }[] }): boolean {
  return state?.resources?.some(({ type }) => type === "kpaas:index:ApplicationPlatform") ?? false;
}

const surroundings: Surroundings = {
  ask,
  tell: note,
  async isDeployed(name) {
    const state = isForeignBackend()
      ? (await (await openExisting(name))?.exportStack())?.deployment
      : readStackState(name);
    return hasApplications(state);
  },
  /** Does not ask a container engine that is yet to be installed. */
  async requireContainerEngine() {
    const { connectContainerEngine, findContainerEngine } = await import("../local/container-engine.ts");
    const { requireDockerCpi } = await import("../local/docker-cpi.ts");
    if (await findContainerEngine()) await requireDockerCpi(await connectContainerEngine());
  },
};
