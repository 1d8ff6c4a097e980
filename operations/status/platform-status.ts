import { applicationDnsRecord, type DnsRecord } from "../../config/application-platform/dns.ts";
import { isPair, planMachines } from "../../config/machines.ts";
import { errorLine } from "../../lib/errors.ts";
import { type KubernetesPlan, kubernetesPlan } from "../../plan/plan.ts";
import { kubernetesApi } from "../access/kubernetes-api.ts";
import { connectionIn, loadDeployed } from "../access/machines.ts";
import { isReady, type NodeObject } from "../access/nodes.ts";
import { type PlatformOutputs, readOutputs } from "../access/outputs.ts";
import { environmentsWithState, isForeignBackend } from "../engine/state.ts";
import { notUp } from "../engine/workspace.ts";
import type { LoadedEnvironment } from "../environments.ts";
import { readResources } from "../machine-packages.ts";
import { type BoshStatus, readBosh } from "./bosh.ts";
import type { Drift } from "./drift.ts";
import { imagesIn, type ObservedImage } from "./images.ts";
import { probe } from "./machine-probe.ts";
import { type CertificateFact, type Facts, type Observed, observedOf } from "./observed.ts";
import { type ObservedPackages, packagesOf } from "./packages.ts";
import { readDrift } from "./read-drift.ts";
import { readServices } from "./services.ts";

/** The shape of `./kpaas status --json`: see docs/status.md. */
export interface PlatformStatus extends Observed {
  environment: string;
  /** Versions as the platform was last brought up to. */
  kubernetes: KubernetesPlan;
  /** `host:port` as reached from here. */
  endpoints: Record<string, string>;
  /** Records to be made by whoever has the name server of the application platform's domain. */
  dnsRecords: DnsRecord[];
  /** Absent where there is no application platform. */
  applicationPlatform?: BoshStatus;
  /** Images that machines are made of; absent where the state tells of none. */
  images?: ObservedImage[];
  /** Security updates of machines; absent where none has ever been asked for, and no machine asks for a restart. */
  packages?: ObservedPackages[];
}

export interface StatusOptions {
  file?: string;
  /** True where every resource is compared with the observed one, too, which takes as long as a preview. */
  drift?: boolean;
}

/**
 * Asks the state, and what the machines, the services and the API say now; changes nothing.
 * Throws UserError where the environment is not up.
 */
export async function platformStatus(
  name: string,
  { file, drift = false }: StatusOptions,
): Promise<{ status: PlatformStatus; loaded: LoadedEnvironment }> {
  if (!isForeignBackend() && !environmentsWithState().includes(name)) throw notUp(name);
  const loaded = await loadDeployed(name, file);
  const outputs = await readOutputs(name);
  const [facts, applications, resources] = await Promise.all([
    readFacts(loaded, outputs, drift),
    readApplications(loaded, outputs),
    readResources(name),
  ]);
  const observed = observedOf(planMachines(loaded.environment), facts);
  const endpoints = endpointsOf(outputs);
  const dnsRecords = dnsRecordsOf(loaded, outputs);
  const images = imagesIn(resources, facts.readAt);
  const packages = packagesOf(resources, facts);
  const kubernetes = kubernetesPlan(loaded.environment);
  const status = { environment: name, kubernetes, ...observed, endpoints, dnsRecords, ...applications };
  return {
    loaded,
    status: {
      ...status,
      ...(images.length > 0 ? { images } : {}),
      ...(packages.length > 0 ? { packages } : {}),
    },
  };
}

function endpointsOf({ endpoints, applications }: Partial<PlatformOutputs>): Record<string, string> {
  return { ...endpoints, ...(applications ? { applications: applications.gatewayAddress } : {}) };
}

function dnsRecordsOf({ environment }: LoadedEnvironment, { applications }: Partial<PlatformOutputs>): DnsRecord[] {
  const { applicationPlatform } = environment;
  if (!applicationPlatform || !applications) return [];
  return [applicationDnsRecord(applicationPlatform.systemDomain, applications.gatewayAddress)];
}

async function readApplications(
  { environment }: LoadedEnvironment,
  outputs: Partial<PlatformOutputs>,
): Promise<Pick<PlatformStatus, "applicationPlatform">> {
  const jumpHost = planMachines(environment).find(({ role }) => role === "jumphost");
  if (!jumpHost) return {};
  return { applicationPlatform: await readBosh(() => connectionIn(outputs, environment, jumpHost)) };
}

async function readFacts(
  { name, environment }: LoadedEnvironment,
  outputs: Partial<PlatformOutputs>,
  withDrift: boolean,
): Promise<Facts> {
  const readAt = new Date().toISOString();
  const plans = planMachines(environment);
  const pair = isPair(environment.containerPlatform);
  const [nodes, services, probed] = await Promise.all([
    readNodes(outputs.kubeconfig),
    readServices(outputs, environment),
    Promise.all(
      plans.map(async (plan) => {
        const connection = () => connectionIn(outputs, environment, plan);
        const { answer, certificates } = await probe(plan.name, plan.role, connection, pair);
        const privateIp = outputs.machines?.[plan.name]?.privateIp ?? plan.privateIp;
        return { name: plan.name, privateIp, answer, certificates };
      }),
    ),
  ]);
  // Last, so that its load on a small machine is no reason for a late answer.
  const found = withDrift
    ? await readDrift(
        name,
        plans.map((plan) => plan.name),
      )
    : notCompared;
  return {
    readAt,
    machines: Object.fromEntries(probed.map(({ name, privateIp, answer }) => [name, { privateIp, answer }])),
    nodes,
    services,
    certificates: [...issued(outputs), ...probed.flatMap(({ certificates }) => certificates)],
    drift: found,
  };
}

const notCompared: Drift = { status: "unknown", reason: "not compared: --drift does" };

const issued = ({ certificates = {} }: Partial<PlatformOutputs>): CertificateFact[] =>
  Object.entries(certificates).map(([name, value]) => ({ name, notAfter: { value } }));

async function readNodes(kubeconfig: string | undefined): Promise<Facts["nodes"]> {
  if (!kubeconfig) return { unknown: "there is no access to the API yet" };
  const api = kubernetesApi(kubeconfig);
  try {
    const { items } = await api.call<{ items: NodeObject[] }>("GET", "/api/v1/nodes");
    return { value: Object.fromEntries(items.map((node) => [node.metadata.name, isReady(node)])) };
  } catch (error) {
    return { unknown: `the API does not answer: ${errorLine(error)}` };
  } finally {
    api.close();
  }
}
