/** Factors of the suffixes of Kubernetes' quantities: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Reads a quantity: 0.25 of `250m`, 134217728 of `128Mi`, 1500 of `1.5e3`. What is absent is none. */
export function quantity(text: string | number | undefined): number {
  const [, number, suffix = ""] = String(text ?? 0).match(/^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([A-Za-z]*)$/) ?? [];
  const factor = factors[suffix];
  if (number === undefined || factor === undefined) throw new Error(`${text} is no quantity of Kubernetes`);
  return Number(number) * factor;
}
