import { pack } from "tar-stream";

/** Packs files, contents by path, into a tar archive; only their owner may read and write those without a mode. */
export async function tarOf(
  files: Record<string, string | { content: string | Buffer; mode: number }>,
): Promise<Buffer> {
  const archive = pack();
  for (const [name, file] of Object.entries(files)) {
    const { content, mode } = typeof file === "string" ? { content: file, mode: 0o600 } : file;
    archive.entry({ name, mode }, content);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk);
  return Buffer.concat(chunks);
}
