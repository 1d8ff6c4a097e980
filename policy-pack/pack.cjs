// The policy host reads a pack by `require`, which cannot wait for modules that load others as they start; this can.
void import("../toolchain/bundle.mjs").then(({ load }) => load("policy-pack/pack.ts"));
