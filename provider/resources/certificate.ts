import { z } from "zod";
import { resource } from "../resource.ts";
import { type IssuedCertificate, issue } from "../x509.ts";

const defaultValidityDays = 365;
const defaultRenewBeforeDays = 90;

const inputs = z
  .strictObject({
    caCertPem: z.string(),
    caKeyPem: z.string(),
    commonName: z.string().min(1),
    organizations: z.array(z.string()).optional(),
    dnsNames: z.array(z.string()).optional(),
    ipAddresses: z.array(z.union([z.ipv4(), z.ipv6()], "must be an IP address")).optional(),
    usages: z.array(z.enum(["server", "client"])).min(1),
    validityDays: z.int().min(1).optional(),
    renewBeforeDays: z.int().min(0).optional(),
  })
  .refine(
    ({ validityDays = defaultValidityDays, renewBeforeDays = defaultRenewBeforeDays }) =>
      renewBeforeDays < validityDays,
    { path: ["renewBeforeDays"], message: "must be less than validityDays, or every up would renew the certificate" },
  );
type Inputs = z.output<typeof inputs>;

const dayMilliseconds = 24 * 3600 * 1000;

export const handler = resource<Inputs, IssuedCertificate>({
  inputs,
  createBeforeDelete: true,
  secretOutputs: ["keyPem"],
  needsUpdate: ({ notAfter, renewBeforeDays = defaultRenewBeforeDays }) =>
    Date.parse(notAfter) - Date.now() < renewBeforeDays * dayMilliseconds,
  create: async (request, { name }) => ({ id: name, outputs: await certificate(request) }),
  update: (_id, _state, request) => certificate(request),
});

function certificate({
  caCertPem,
  caKeyPem,
  validityDays = defaultValidityDays,
  ...request
}: Inputs): Promise<IssuedCertificate> {
  return issue({ certPem: caCertPem, keyPem: caKeyPem }, { ...request, validityDays });
}
