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

const read = (forge: Forge) => parse(readFileSync(join(repository, "ci", forge, "kpaas.yml"), "utf8"));

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

interface GitlabJob {
  extends?: string;
  stage?: string;
  needs?: string[];
  variables?: Record<string, string>;
  before_script?: string[];
  script?: string[];
  after_script?: string[];
}

function gitlabJobs(): Job[] {
  const { variables, stages: _stages, ...all } = read("gitlab") as Record<string, GitlabJob & Record<string, string>>;
  const whole = ({ extends: base, ...job }: GitlabJob): GitlabJob => {
    if (base === undefined) return job;
    const parent = all[base];
    if (!parent) throw new Error(`no ${base}`);
    return { ...whole(parent), ...job };
  };
  return Object.entries(all)
    .filter(([name]) => !name.startsWith("."))
    .map(([name, job]) => {
      const { needs = [], variables: own, before_script = [], script = [], after_script = [] } = whole(job);
      const steps = [
        { script: [...before_script, ...script].join("\n"), always: false },
        ...(after_script.length > 0 ? [{ script: after_script.join("\n"), always: true }] : []),
      ];
      return {
        name,
        needs,
        variables: { ...variables, ...own },
        steps: steps.map((step) => ({ ...step, variables: {} })),
      };
    });
}
