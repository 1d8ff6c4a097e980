import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repository } from "../../lib/repository.ts";

/** A job as the forge hands it to a runner. */
export interface Job {
  name: string;
  needs: string[];
  /** Values may hold the forge's own expressions. */
  variables: Record<string, string>;
  steps: Step[];
}

export interface Step {
  script: string;
  variables: Record<string, string>;
  /** Runs also where a step before has failed. */
  always: boolean;
}

export type Forge = "github" | "gitlab";

export const forges: readonly Forge[] = ["github", "gitlab"];

export const templateText = (forge: Forge): string => readFileSync(join(repository, "ci", forge, "kpaas.yml"), "utf8");

/** GitLab's way to name a part of another job. */
const reference = {
  tag: "!reference",
  collection: "seq" as const,
  resolve: (seq: { items: { value: string }[] }) => ({ reference: seq.items.map(({ value }) => value) }),
};

export const parseTemplate = (text: string) => parse(text, { customTags: [reference] as never, merge: true });

const read = (forge: Forge) => parseTemplate(templateText(forge));

export const jobsOf = (forge: Forge): Job[] => (forge === "github" ? githubJobs() : gitlabJobs());

interface GithubStep {
  if?: string;
  run?: string;
  env?: Record<string, string>;
}

interface GithubJob {
  needs?: string | string[];
  env?: Record<string, string>;
  steps: GithubStep[];
}

function githubJobs(): Job[] {
  const { jobs } = read("github") as { jobs: Record<string, GithubJob> };
  return Object.entries(jobs).map(([name, job]) => ({
    name,
    needs: [job.needs ?? []].flat(),
    variables: job.env ?? {},
    steps: job.steps.flatMap(({ run, if: condition = "", env = {} }) =>
      run ? [{ script: run, variables: env, always: condition.startsWith("always()") }] : [],
    ),
  }));
}

type ScriptLine = string | { reference: string[] };

export interface GitlabJob {
  extends?: string;
  stage?: string;
  needs?: string[];
  variables?: Record<string, string>;
  before_script?: ScriptLine[];
  script?: ScriptLine[];
  after_script?: ScriptLine[];
  rules?: { if?: string }[];
  environment?: unknown;
  id_tokens?: unknown;
  cache?: unknown;
}

/** GitLab's jobs by name as they are run: without templates, with what they extend. */
export function gitlabJobsIn(template: Record<string, unknown>): Record<string, GitlabJob> {
  const {
    variables,
    stages: _stages,
    ...all
  } = template as Record<string, GitlabJob> & {
    variables?: Record<string, string>;
    stages?: unknown;
  };
  const whole = ({ extends: base, ...job }: GitlabJob): GitlabJob => {
    if (base === undefined) return job;
    const parent = all[base];
    if (!parent) throw new Error(`no ${base}`);
    return { ...whole(parent), ...job };
  };
  const lines = (script: ScriptLine[] = []): string[] =>
    script.flatMap((line) => {
      if (typeof line === "string") return [line];
      const [name = "", key] = line.reference;
      return lines(all[name]?.[key as "script"]);
    });
  return Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => !name.startsWith("."))
      .map(([name, own]) => {
        const job = whole(own);
        const scripts = { before_script: lines(job.before_script), script: lines(job.script) };
        return [name, { ...job, ...scripts, variables: { ...variables, ...job.variables } }];
      }),
  );
}

function gitlabJobs(): Job[] {
  return Object.entries(gitlabJobsIn(read("gitlab"))).map(
    ([name, { needs = [], variables = {}, before_script = [], script = [] }]) => ({
      name,
      needs,
      variables,
      steps: [{ script: [...before_script, ...script].join("\n"), always: false, variables: {} }],
    }),
  );
}
