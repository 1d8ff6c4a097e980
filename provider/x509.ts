import "reflect-metadata";
import { createHash, randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto);

const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMilliseconds = 24 * 3600 * 1000;

export interface IssuedCertificate {
  certPem: string;
  keyPem: string;
  /** End of validity, RFC 3339. */
  notAfter: string;
}

export interface SubjectRequest {
  commonName: string;
  organizations?: string[];
  dnsNames?: string[];
  ipAddresses?: string[];
  usages: ("server" | "client")[];
  validityDays: number;
}

export async function selfSignedAuthority(commonName: string, validityDays: number): Promise<IssuedCertificate> {
  const keys = await webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);
  const { notBefore, notAfter } = validity(validityDays);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: subject(commonName),
    notBefore,
    notAfter,
    signingAlgorithm: ecdsa,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certPem: pem(certificate), keyPem: await privateKeyPem(keys.privateKey), notAfter: notAfter.toISOString() };
}

export async function issue(
  authority: { certPem: string; keyPem: string },
  request: SubjectRequest,
): Promise<IssuedCertificate> {
  const issuer = new x509.X509Certificate(authority.certPem);
  const keys = await webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);
  const { notBefore, notAfter } = validity(request.validityDays, issuer.notAfter);
  const names = [
    ...(request.dnsNames ?? []).map((value) => ({ type: "dns", value }) as const),
    ...(request.ipAddresses ?? []).map((value) => ({ type: "ip", value }) as const),
  ];
  const usage = { server: x509.ExtendedKeyUsage.serverAuth, client: x509.ExtendedKeyUsage.clientAuth };
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: subject(request.commonName, request.organizations),
    issuer: issuer.subject,
    notBefore,
    notAfter,
    signingAlgorithm: ecdsa,
    publicKey: keys.publicKey,
    signingKey: await importPrivateKey(authority.keyPem),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(request.usages.map((name) => usage[name])),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  return { certPem: pem(certificate), keyPem: await privateKeyPem(keys.privateKey), notAfter: notAfter.toISOString() };
}

/** Gives `sha256:<hex>` of the certificate's SubjectPublicKeyInfo, as kubeadm pins it. */
export function publicKeyPin(certPem: string): string {
  const { publicKey } = new x509.X509Certificate(certPem);
  return `sha256:${createHash("sha256").update(Buffer.from(publicKey.rawData)).digest("hex")}`;
}

/** Gives a certificate's period, which ends with its issuer's at the latest: it is worth nothing after that. */
function validity(days: number, issuerEnd?: Date): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  const end = Math.min(now + days * dayMilliseconds, issuerEnd?.getTime() ?? Number.POSITIVE_INFINITY);
  // An hour back: a machine's clock may be behind when it first sees the certificate.
  return { notBefore: new Date(now - 3600 * 1000), notAfter: new Date(end) };
}

function subject(commonName: string, organizations: string[] = []): x509.JsonName {
  return [...organizations.map((name) => ({ O: [name] })), { CN: [commonName] }];
}

/** Makes a serial number, positive and at most 20 bytes, as RFC 5280 wants it. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}

function importPrivateKey(keyPem: string): Promise<webcrypto.CryptoKey> {
  const raw = x509.PemConverter.decodeFirst(keyPem);
  return webcrypto.subtle.importKey("pkcs8", raw, ecdsa, false, ["sign"]);
}
