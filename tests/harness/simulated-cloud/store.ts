import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Properties } from "../../../provider/values.ts";

/** Something that exists in a simulated cloud. */
export interface CloudObject {
  /** Pulumi's token, such as `aws:ec2/vpc:Vpc`. */
  type: string;
  id: string;
  /** Name, in the program, of the resource that made it. */
  name: string;
  inputs: Properties;
  /** Properties that the cloud adds to, or changes of, the inputs. */
  outputs: Properties;
}

export type ObjectKey = Pick<CloudObject, "type" | "id">;

/**
 * The objects of a cloud, a file each, so that several processes see them. A file appears, changes and goes in one step:
 * whoever is killed leaves every object whole.
 */
export class ObjectStore {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = join(folder, "objects");
    mkdirSync(this.folder, { recursive: true });
  }

  list(): CloudObject[] {
    return readdirSync(this.folder)
      .filter((file) => file.endsWith(".json"))
      .flatMap((file) => readObject(join(this.folder, file)) ?? []);
  }

  has(key: ObjectKey): boolean {
    return existsSync(this.file(key));
  }

  get(key: ObjectKey): CloudObject | undefined {
    return readObject(this.file(key));
  }

  put(object: CloudObject): void {
    const file = this.file(object);
    const written = `${file}.${process.pid}`;
    writeFileSync(written, JSON.stringify(object, undefined, 1));
    renameSync(written, file);
  }

  remove(key: ObjectKey): void {
    rmSync(this.file(key), { force: true });
  }

  private file({ type, id }: ObjectKey): string {
    const digest = createHash("sha256").update(`${type} ${id}`).digest("hex").slice(0, 16);
    const label = `${type.split(":").at(-1)}-${id.split("/").at(-1)}`.replace(/[^\w.-]/g, "_").slice(0, 100);
    return join(this.folder, `${label}-${digest}.json`);
  }
}

function readObject(file: string): CloudObject | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
