import { capabilitiesOf } from "../../config/infrastructure/catalog.ts";

export interface Check {
  name: string;
  result: "passed" | "failed";
}

export interface InfrastructureResult {
  name: string;
  passed: boolean;
  checks: Check[];
}

const capabilityNames = {
  virtualAddress: "two HAProxy machines share an address (keepalived)",
  loadBalancer: "the cloud's own load balancer stands in for HAProxy",
  bastion: "operators reach the machines through a bastion, by SSH",
  applicationGateways: "BOSH makes the application platform",
};

/** Renders docs/parity.md: what each infrastructure was seen to do, and its capabilities. */
export function parityTable(results: readonly InfrastructureResult[]): string {
  const names = results.map(({ name }) => name);
  const checks = [...new Set(results.flatMap(({ checks }) => checks.map(({ name }) => name)))];
  const row = (cells: string[]) => `| ${cells.join(" | ")} |`;
  const header = (first: string) => [row([first, ...names]), row(["---", ...names.map(() => "---")])];
  return `# What each infrastructure does

Made by \`npm run contract -- --write\`; \`npm run contract\` fails where it is out of date.

## Seen: the real Pulumi engine on a simulated cloud

With \`stacks/Pulumi.<infrastructure>-operation.yaml\`. A real control plane has tests of its own for OpenStack
(\`tests/e2e-openstack\`), \`local\` runs for real (\`tests/e2e-local\`).

${[
  ...header("Check"),
  ...checks.map((check) =>
    row([check, ...results.map((result) => cell(result.checks.find(({ name }) => name === check)))]),
  ),
].join("\n")}

## Able to

${[
  ...header("Capability"),
  ...Object.entries(capabilityNames).map(([capability, words]) =>
    row([
      words,
      ...names.map((kind) =>
        isAble((capabilitiesOf({ kind }) as unknown as Record<string, boolean | string[]>)[capability]) ? "yes" : "no",
      ),
    ]),
  ),
].join("\n")}
`;
}

const isAble = (capability: boolean | string[] = false): boolean =>
  Array.isArray(capability) ? capability.length > 0 : capability;

function cell(check: Check | undefined): string {
  if (!check) return "";
  return check.result === "passed" ? "yes" : "**no**";
}
