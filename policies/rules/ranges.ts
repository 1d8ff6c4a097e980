/** Tells whether a range is so wide that it names nobody: all of IPv4 or IPv6, or a large part of it. */
export function isWorldOpen(source: string): boolean {
  if (["*", "internet", "any"].includes(source.toLowerCase())) return true;
  const [, length] = source.split("/");
  return length !== undefined && Number(length) < 8;
}
