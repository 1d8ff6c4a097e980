import * as fc from "fast-check";
import { platformSizes } from "../../../config/application-platform/group.ts";
import { vmTypeNames } from "../../../config/application-platform/vm-types.ts";
import type { RawEnvironment } from "./example-environment.ts";

const sometimes = { requiredKeys: [] };

const size = fc.record(
  {
    vcpus: fc.integer({ min: 2, max: 64 }),
    memoryGiB: fc.constantFrom(2, 7.5, 16, 64),
    diskGiB: fc.integer({ min: 10, max: 500 }),
  },
  sometimes,
);

const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);

/** Generates aligned ranges inside `whole`, whose prefix length is `wholePrefix`. */
function ranges(whole: string, wholePrefix: number, shortest: number, longest: number): fc.Arbitrary<string> {
  const [a = 0, b = 0] = whole.split(".").map(Number);
  return fc.integer({ min: shortest, max: longest }).chain((prefix) =>
    fc.nat(2 ** (prefix - wholePrefix) - 1).map((nth) => {
      const address = a * 2 ** 24 + b * 2 ** 16 + nth * 2 ** (32 - prefix);
      return `${[24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join(".")}/${prefix}`;
    }),
  );
}

const network = fc.record(
  {
    cidr: ranges("10.0.0.0", 9, 16, 24),
    podCidr: ranges("172.16.0.0", 12, 13, 18),
    serviceCidr: ranges("192.168.0.0", 16, 16, 24),
    adminCidrs: fc.uniqueArray(ranges("10.0.0.0", 8, 8, 32), { minLength: 1, maxLength: 3 }),
    domain: fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join(".")),
  },
  sometimes,
);

const taint = fc.record(
  {
    key: label.map((name) => `example.com/${name}`),
    value: label,
    effect: fc.constantFrom("NoSchedule" as const, "NoExecute" as const, "PreferNoSchedule" as const),
  },
  { requiredKeys: ["key", "effect"] },
);

/** The first pool has machines and no taints: the platform's own pods must run somewhere. */
const workerPools = fc
  .uniqueArray(
    label.map((name) => `pool-${name}`),
    { minLength: 1, maxLength: 3 },
  )
  .chain((names) =>
    fc.tuple(
      ...names.map((name, index) =>
        fc.record(
          {
            name: fc.constant(name),
            count: fc.integer({ min: index === 0 ? 1 : 0, max: 5 }),
            size,
            labels: fc.dictionary(label, label, { maxKeys: 3 }),
            ...(index === 0
              ? {}
              : { taints: fc.uniqueArray(taint, { selector: ({ key, effect }) => key + effect, maxLength: 2 }) }),
          },
          { requiredKeys: ["name", "count"] },
        ),
      ),
    ),
  );

const server = { size, dataDiskGiB: fc.integer({ min: 1, max: 1000 }) };

const mirrors: { url: string; serves?: ("docker.io" | "quay.io")[] }[] = [
  { url: "https://harbor.example.com/hub", serves: ["docker.io"] },
  { url: "https://cache.example.com:8443" },
];

const containerPlatform = fc.record(
  {
    masters: fc.record({ count: fc.constantFrom(1, 3, 5, 7), size }, sometimes),
    workerPools,
    haproxy: fc.record({ size }, sometimes),
    registry: fc.record({ ...server, mirrorUpstream: fc.boolean(), mirrors: fc.subarray(mirrors) }, sometimes),
    database: fc.record(
      {
        ...server,
        consumers: fc.uniqueArray(
          label.map((name) => `db_${name}`),
          { maxLength: 4 },
        ),
      },
      sometimes,
    ),
    storage: fc.record({ ...server, className: label }, sometimes),
  },
  sometimes,
);

/** Application platforms on `local`, which has no load balancer. */
const applicationPlatform = fc.record(
  {
    systemDomain: label.map((name) => `${name}.apps.example.com`),
    size: fc.constantFrom(...platformSizes),
    cidr: ranges("10.128.0.0", 11, 16, 22),
    clientCidrs: fc.constantFrom<string[]>(["0.0.0.0/0"], ["198.51.100.0/24", "203.0.113.0/24"]),
    groups: fc.record(
      {
        api: fc.record({ count: fc.integer({ min: 1, max: 40 }), vmType: fc.constantFrom(...vmTypeNames) }, sometimes),
        router: fc.record({ count: fc.integer({ min: 1, max: 5 }) }, sometimes),
      },
      sometimes,
    ),
  },
  { requiredKeys: ["systemDomain"] },
);

const seconds = fc.integer({ min: 60, max: 7200 });

/** Files that are accepted, from the shortest to those that set everything. */
export const rawEnvironments: fc.Arbitrary<RawEnvironment> = fc.record(
  {
    infrastructure: fc.constant({ kind: "local" as const }),
    network,
    containerPlatform,
    applicationPlatform,
    maintenance: fc.record(
      {
        window: fc.constantFrom("Sun 02:00-05:00 Asia/Seoul", "daily 23:00-01:00", "Mon,Thu 01:00-02:00 UTC"),
        reboot: fc.constantFrom("if-needed" as const, "never" as const),
      },
      sometimes,
    ),
    timeouts: fc.record({ firstBootSeconds: seconds, nodeReadySeconds: seconds }, sometimes),
  },
  { requiredKeys: ["infrastructure"] },
);
