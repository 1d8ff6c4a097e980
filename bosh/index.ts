import type { BoshEnvironment, Fact } from "../config/infrastructure/cpi.ts";
import { cloudConfig } from "./cloud-config.ts";
import { cpiOf } from "./cpi.ts";
import { directorAddress, directorFiles, directorOperations, directorVariables } from "./director.ts";
import { boshCli, type Download, upstreamArchives } from "./downloads.ts";
import { cfFiles, cfOperations } from "./ops.ts";
import { mirrored, mirrorOperations, sha256Of, stemcellOf, upstreamVersions } from "./pinned.ts";
import { runtimeConfigFile, runtimeConfigOperations } from "./runtime-config.ts";
import { type BoshValues, cfSecrets, cfVariables, requiredFacts, type Variables } from "./variables.ts";
import { yaml } from "./yaml.ts";

/** A file of the jump host's working folder. */
export interface BoshFile {
  path: string;
  content: string;
  /** Set where only its owner may read it. */
  isSecret?: true;
}

/** A command line of the jump host, run in its working folder: no secret is among its words. */
export interface BoshCommand {
  name: string;
  argv: string[];
}

/** All that BOSH is given. */
export interface BoshInputs {
  files: BoshFile[];
  /** The `bosh` command. */
  cli: Download;
  /** Upstream's files beside them: the folders are the repositories at these versions, packed at these addresses. */
  upstream: {
    versions: typeof upstreamVersions;
    archives: { folder: string; url: string }[];
    files: { path: string; sha256: string }[];
  };
  /** Commands in their order. The same ones run again after a change: BOSH does what differs, with its canaries. */
  commands: BoshCommand[];
  /**
   * Commands that delete all, in their order: the deployment goes before the director, disks that BOSH keeps for a
   * while with it.
   */
  deletion: BoshCommand[];
  /** Environment of every command but `create-env` and `delete-env`, which make and delete the director. */
  director: {
    BOSH_ENVIRONMENT: string;
    BOSH_CLIENT: string;
    /** Paths at which `bosh interpolate director/creds.yml --path` finds the values of further variables. */
    fromCredentials: Record<"BOSH_CLIENT_SECRET" | "BOSH_CA_CERT", string>;
  };
}

const deployment = "cf";

/**
 * Gives the files and commands that make the director and Cloud Foundry on it. Throws UserError where the
 * infrastructure has no CPI or a secret lacks a value, RangeError where a fact is missing.
 */
export function boshInputs(environment: BoshEnvironment, values: BoshValues): BoshInputs {
  const files = [
    ...directorFilesToWrite(environment, values),
    ...cloudConfigFiles(environment, values),
    { path: "runtime-config/ops.yml", content: yaml(runtimeConfigOperations(environment)) },
    { path: "cf/ops.yml", content: yaml(cfOperations(environment)) },
    { path: "cf/vars.yml", content: yaml(cfVariables(environment, values)) },
    ...secretFile("cf/secrets.yml", cfSecrets(environment, values)),
  ];
  const upstream = [directorFiles(environment).files, [runtimeConfigFile], cfFiles(environment).files].flat();
  return {
    files,
    cli: boshCli(environment),
    upstream: {
      versions: upstreamVersions,
      archives: upstreamArchives(environment),
      files: upstream.map((path) => ({ path, sha256: sha256Of(path) })),
    },
    ...commands(environment, new Set(files.map(({ path }) => path))),
    director: {
      BOSH_ENVIRONMENT: directorAddress(environment),
      BOSH_CLIENT: "admin",
      fromCredentials: { BOSH_CLIENT_SECRET: "/admin_password", BOSH_CA_CERT: "/director_ssl/ca" },
    },
  };
}

function directorFilesToWrite(environment: BoshEnvironment, { facts, credentials }: BoshValues): BoshFile[] {
  const operations = yaml([
    ...directorOperations(environment),
    ...mirrorOperations(environment, directorFiles(environment).files),
    ...mirroredStemcell(environment),
  ]);
  const known = cpiOf(environment).facts.filter(
    ({ name, isAskedUpstream }) => isAskedUpstream || uses(operations, name),
  );
  const secrets = cpiOf(environment).credentials.map((name) => [name, required(credentials, name)] as const);
  return [
    { path: "director/ops.yml", content: operations },
    {
      path: "director/vars.yml",
      content: yaml({ ...directorVariables(environment), ...factValues(known, facts) }),
    },
    ...secretFile("director/secrets.yml", Object.fromEntries(secrets)),
  ];
}

function cloudConfigFiles(environment: BoshEnvironment, { facts }: BoshValues): BoshFile[] {
  const content = yaml(cloudConfig(environment));
  const known = requiredFacts(environment).filter(({ name }) => uses(content, name));
  return [
    { path: "cloud-config/cloud-config.yml", content },
    { path: "cloud-config/vars.yml", content: yaml(factValues(known, facts)) },
  ];
}

function mirroredStemcell(environment: BoshEnvironment) {
  if (!environment.applicationPlatform.mirrorBaseUrl) return [];
  return [{ type: "replace" as const, path: "/resource_pools/name=vms/stemcell/url", value: stemcellUrl(environment) }];
}

function stemcellUrl(environment: BoshEnvironment): string {
  return mirrored(environment, stemcellOf(directorFiles(environment).files));
}

function secretFile(path: string, variables: Variables): BoshFile[] {
  return Object.keys(variables).length > 0 ? [{ path, content: yaml(variables), isSecret: true }] : [];
}

function commands(
  environment: BoshEnvironment,
  written: ReadonlySet<string>,
): Pick<BoshInputs, "commands" | "deletion"> {
  const director = directorFiles(environment);
  const cf = cfFiles(environment);
  const { name, version, sha1 } = stemcellOf(director.files);
  const ops = (...files: string[]) => files.flatMap((file) => ["-o", file]);
  const vars = (...files: string[]) => files.filter((file) => written.has(file)).flatMap((file) => ["-l", file]);
  const asked = (...words: string[]) => ["bosh", "--non-interactive", ...words];
  const withDirector = (command: "create-env" | "delete-env"): BoshCommand => ({
    name: command,
    argv: [
      ...asked(command, director.manifest, "--state=director/state.json", "--vars-store=director/creds.yml"),
      ...ops(...director.opsFiles, "director/ops.yml"),
      ...vars("director/vars.yml", "director/secrets.yml"),
    ],
  });
  const commands = [
    withDirector("create-env"),
    {
      name: "update-cloud-config",
      argv: asked("update-cloud-config", "cloud-config/cloud-config.yml", ...vars("cloud-config/vars.yml")),
    },
    {
      name: "update-runtime-config",
      argv: asked("update-runtime-config", runtimeConfigFile, "--name=dns", ...ops("runtime-config/ops.yml")),
    },
    {
      name: "upload-stemcell",
      argv: asked(
        "upload-stemcell",
        stemcellUrl(environment),
        `--sha1=${sha1}`,
        `--name=${name}`,
        `--version=${version}`,
      ),
    },
    {
      name: "deploy",
      argv: [
        ...asked(`--deployment=${deployment}`, "deploy", cf.manifest, ...ops(...cf.opsFiles, "cf/ops.yml")),
        ...vars("cf/vars.yml", "cf/secrets.yml"),
      ],
    },
    { name: "smoke-tests", argv: asked(`--deployment=${deployment}`, "run-errand", "smoke-tests") },
  ];
  const deletion = [
    { name: "delete-deployment", argv: asked(`--deployment=${deployment}`, "delete-deployment") },
    { name: "clean-up", argv: asked("clean-up", "--all") },
    withDirector("delete-env"),
  ];
  return { commands, deletion };
}

const uses = (text: string, name: string): boolean => text.includes(`((${name}))`);

function factValues(wanted: Fact[], facts: BoshValues["facts"]): Variables {
  return Object.fromEntries(wanted.map(({ name }) => [name, required(facts, name)]));
}

function required<T>(values: Record<string, T>, name: string): T {
  const value = values[name];
  if (value === undefined) throw new RangeError(`no value for ${name}`);
  return value;
}
