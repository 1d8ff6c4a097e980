/** Demands of frameworks, and the reasons where configuration cannot answer. */

interface Undecided {
  items: string[];
  because: string;
}

const series = (prefix: string, ...numbers: number[]) => numbers.map((number) => `${prefix}.${number}`);

/** The scored checks of kube-bench's cis-1.12; a test on running machines compares the list with kube-bench's own. */
export const cisScored: string[] = [
  ...series("1.1", 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18, 19),
  ...series("1.2", 2, 4, 5, 6, 7, 8, 10, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 23, 24, 25, 26, 30),
  ...series("1.3", 2, 3, 4, 5, 6, 7),
  ...series("1.4", 1, 2),
  ...series("2", 1, 2, 3, 4, 5, 6),
  ...series("4.1", 1, 2, 5, 6, 9, 10),
  ...series("4.2", 1, 2, 3, 6, 10),
  "4.3.1",
];

export const cisUndecided: Undecided[] = [
  {
    items: [...series("1.1", 1, 2, 3, 4, 5, 6, 7, 8, 13, 14, 15, 16, 17, 18), ...series("4.1", 5, 6)],
    because: "kubeadm writes these files, for root alone, and has no setting for it",
  },
  {
    items: [...series("1.1", 11, 12, 19), ...series("4.1", 9, 10)],
    because: "first boot's script sets owner and mode on the machine",
  },
];

/** Checks that configuration decides and that are not met, with why. */
export const cisNotMet: Record<string, string> = {
  "1.2.5":
    "kubelets' serving certificates are their own: one of the cluster's authority needs an approver of signing requests, " +
    "and a kubelet serves no logs until it is approved",
};

/** The 26 items of ISMS-P 2023 for which configuration can say something at all. */
export const ismspItems: Record<string, string> = {
  "2.1.3": "information assets",
  "2.5.1": "user accounts",
  "2.5.2": "user identification",
  "2.5.3": "user authentication",
  "2.5.4": "passwords",
  "2.5.5": "special accounts and privileges",
  "2.5.6": "review of access rights",
  "2.6.1": "network access",
  "2.6.2": "access to information systems",
  "2.6.3": "access to applications",
  "2.6.4": "database access",
  "2.6.6": "remote access",
  "2.7.1": "encryption",
  "2.7.2": "cryptographic keys",
  "2.9.2": "performance and faults",
  "2.9.3": "backup and recovery",
  "2.9.4": "logs and access records",
  "2.10.1": "security systems",
  "2.10.2": "cloud security",
  "2.10.8": "patches",
  "2.10.9": "malware",
  "2.11.1": "incident response",
  "2.11.2": "vulnerability inspection",
  "2.11.3": "abnormal behaviour",
  "2.12.1": "disaster preparedness",
  "2.12.2": "disaster recovery tests",
};

export const ismspUndecided: Undecided[] = [
  { items: ["2.10.1"], because: "the platform brings no security appliance; operating one is the organisation's" },
  { items: ["2.10.9"], because: "nothing in the configuration scans images or machines for malware" },
  { items: ["2.11.1", "2.12.2"], because: "procedures and exercises of the organisation" },
  { items: ["2.11.2"], because: "vulnerabilities are found by scanning what runs" },
];

/** CSAP's demands on infrastructure as far as a preview can see them, with the rules that check them. */
export const csapDemands: { demand: string; domain: string; rules: string[]; because?: string }[] = [
  { demand: "region in Korea", domain: "14", rules: ["region-is-in-korea", "resources-are-in-korea"] },
  { demand: "management network of its own", domain: "11", rules: ["management-has-a-subnet-of-its-own"] },
  {
    demand: "no 22, 6443, 2379, 10250 or NodePort open to the world",
    domain: "11",
    rules: [
      "nothing-is-open-to-the-world",
      "cloud-firewall-is-not-world-open",
      "etcd-is-reached-by-masters-only",
      "kubelets-are-reached-by-nodes-only",
      "node-ports-are-reached-through-the-gateway-only",
      "application-ports-alone-are-open-to-the-world",
    ],
  },
  { demand: "encrypted disks", domain: "12", rules: ["disks-are-encrypted"] },
  { demand: "encrypted object stores", domain: "12", rules: [], because: "the platform makes no object store yet" },
  {
    demand: "audit log, kept for a year",
    domain: "7",
    rules: ["audit-policy-records-what-is-done", "audit-log-is-kept-a-year"],
  },
  { demand: "secrets encrypted in etcd", domain: "12", rules: ["secrets-are-encrypted-in-etcd"] },
  { demand: "backup schedule", domain: "6", rules: [], because: "an environment has no backup settings yet" },
  {
    demand: "several zones",
    domain: "6",
    rules: ["several-zones-are-used", "masters-are-spread-over-zones", "application-platform-is-spread-over-zones"],
  },
  {
    demand: "odd control plane",
    domain: "6",
    rules: ["odd-number-of-masters", "control-plane-survives-a-machine"],
  },
  {
    demand: "no default passwords",
    domain: "10",
    rules: ["no-login-by-password", "generated-secrets-cannot-be-guessed"],
  },
  { demand: "no public address on workers", domain: "10", rules: ["only-the-front-has-public-addresses"] },
  {
    demand: "TLS 1.2 or later",
    domain: "12",
    rules: [
      "api-server-speaks-tls-1-2-or-later",
      "kubelet-speaks-tls-1-2-or-later",
      "registry-asks-for-logins-over-tls",
      "database-asks-for-tls",
    ],
  },
  {
    demand: "administrators enter by a bastion only",
    domain: "10",
    rules: [
      "administrators-enter-by-the-bastion-only",
      "only-the-front-is-entered-from-outside",
      "application-vms-are-entered-by-the-bastion-only",
      "applications-are-reached-through-the-gateway-only",
    ],
  },
];
