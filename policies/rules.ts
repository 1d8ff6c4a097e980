import { type ResourceValidationPolicy, validateResourceOfType } from "@pulumi/policy";
import { MasterNodes } from "../components/master-nodes.ts";
import { Certificate, LocalMachine } from "../provider/sdk.ts";

/** The roles that operators may reach from outside the platform's network. */
const publicRoles = ["haproxy"];

const oddMasters: ResourceValidationPolicy = {
  name: "odd-number-of-masters",
  description: "etcd keeps a quorum through the loss of a member only with an odd number of masters.",
  severity: "high",
  remediationSteps: "Set containerPlatform.masters.count to 1, 3, 5 or 7.",
  validateResource: validateResourceOfType(MasterNodes, (_, args, report) => {
    const { count } = args.props as { count?: number };
    if (typeof count === "number" && count % 2 === 0) report(`${count} masters: the number must be odd`);
  }),
};

const noPublicPorts: ResourceValidationPolicy = {
  name: "public-ports-only-on-the-gateway",
  description: "Masters, workers, registry, database and storage are reached through the gateway only.",
  severity: "critical",
  remediationSteps: "Remove publicPorts from the machine; add a frontend to the gateway instead.",
  validateResource: validateResourceOfType(LocalMachine, (machine, _, report) => {
    if (publicRoles.includes(machine.role) || machine.publicPorts.length === 0) return;
    report(`${machine.machineName} (${machine.role}) publishes ports ${machine.publicPorts.join(", ")}`);
  }),
};

const shortLivedCertificates: ResourceValidationPolicy = {
  name: "certificates-live-at-most-398-days",
  description: "Certificates are renewed at least once a year; authorities are exempt.",
  severity: "medium",
  remediationSteps: "Lower validityDays to 398 or less.",
  validateResource: validateResourceOfType(Certificate, (certificate, _, report) => {
    const { validityDays = 365 } = certificate;
    if (validityDays > 398) report(`${certificate.commonName} is valid for ${validityDays} days`);
  }),
};

/** Apart from the pack's entry, so that tests and `plan` can run them in-process. */
export const rules = [oddMasters, noPublicPorts, shortLivedCertificates];
