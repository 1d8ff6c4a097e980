import type Docker from "dockerode";
import { UserError } from "../lib/errors.ts";

/**
 * Version of the container engine's API: the default of `docker_cpi.docker.api_version` in bosh-docker-cpi-release 0.2.19.
 * Docker 25 has it.
 */
const neededApi = { major: 1, minor: 44 };

interface EngineFacts {
  /** Version of its API: `1.51`. */
  apiVersion: string;
  /** Names of its components: `Docker Engine - Community`, `Podman Engine`. */
  names: string[];
  /** Options as `docker info` shows them: `name=rootless`. */
  securityOptions: string[];
}

/** Tells what keeps BOSH's Docker CPI from working with a container engine; undefined where nothing is known to. */
export function dockerCpiProblem({ apiVersion, names, securityOptions }: EngineFacts): string | undefined {
  if (names.some((name) => /podman/i.test(name))) return "it is Podman";
  if (securityOptions.some((option) => option.startsWith("name=rootless")))
    return "it runs without root, which BOSH's privileged containers need";
  const [major = 0, minor = 0] = apiVersion.split(".").map(Number);
  if (major > neededApi.major || (major === neededApi.major && minor >= neededApi.minor)) return undefined;
  return `its API is ${apiVersion}, and ${neededApi.major}.${neededApi.minor} is needed (Docker 25)`;
}

/** Throws UserError where BOSH's Docker CPI cannot work with the container engine. */
export async function requireDockerCpi(engine: Docker): Promise<void> {
  const [version, info] = await Promise.all([engine.version(), engine.info()]);
  const problem = dockerCpiProblem({
    apiVersion: version.ApiVersion,
    names: (version.Components ?? []).map(({ Name }) => Name),
    securityOptions: info.SecurityOptions ?? [],
  });
  if (!problem) return;
  throw new UserError(
    `the application platform cannot run on this machine's container engine: ${problem}`,
    "use Docker 25 or later that runs as root, or leave applicationPlatform out",
  );
}
