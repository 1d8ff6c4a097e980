import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** Shape that a value may have, as far as a declaration tells. */
export type Shape =
  | { kind: "any" }
  | { kind: "string" | "number" | "boolean" }
  | { kind: "literal"; value: string | number | boolean }
  | { kind: "array" | "map"; item: Shape }
  | { kind: "union"; options: Shape[] }
  | { kind: "object"; members: () => Map<string, Member> };

export interface Member {
  shape: Shape;
  required: boolean;
  /** Its documentation says that a change makes a new object. */
  replaces: boolean;
}

export interface ResourceDeclaration {
  inputs: Map<string, Member>;
  outputs: Set<string>;
}

const saysReplaces =
  /forces?[ -](a )?new|forcenew|changing (this|it)[^.]*(creates? a new|recreate|new resource)|forces? replacement/i;

const any: Shape = { kind: "any" };

/** Resource types as an SDK declares them, each read when it is first used: only parsed, never type-checked. */
export class Declarations {
  private readonly resources = new Map<string, ResourceDeclaration>();
  private readonly scopes = new Map<string, ts.Statement[]>();
  private readonly texts = new Map<string, string>();
  private readonly root: string;

  /** `root`: an SDK's folder, or a file or folder of TypeScript that declares `<Type>Args` and class `<Type>`. */
  constructor(root: string) {
    this.root = root;
  }

  /** Throws where the type is not declared. */
  resource(type: string): ResourceDeclaration {
    const known = this.resources.get(type);
    if (known) return known;
    const name = type.slice(type.lastIndexOf(":") + 1);
    const scope = this.files(type)
      .map((file) => this.parsed(file, () => this.text(file)))
      .find((statements) => find(statements, `${name}Args`, ts.isInterfaceDeclaration));
    const args = scope && find(scope, `${name}Args`, ts.isInterfaceDeclaration);
    if (!args) throw new Error(`${type} is not declared in ${this.root}`);
    const declared = find(scope, name, ts.isClassDeclaration);
    const outputs = [...(declared?.members ?? [])]
      .filter(ts.isPropertyDeclaration)
      .filter((member) => !isStatic(member));
    const resource = {
      inputs: this.members(args, scope),
      outputs: new Set(outputs.map((member) => nameOf(member.name))),
    };
    this.resources.set(type, resource);
    return resource;
  }

  /** Gives the files that may declare a type: by convention, else anywhere in its module. */
  private files(type: string): string[] {
    if (statSync(this.root).isFile()) return [this.root];
    const [, module = "", name = ""] = type.split(":");
    const [path = "", file = name] = [module.split("/").slice(0, -1).join("/") || module, module.split("/").at(-1)];
    const folder = ["index", ""].includes(path) ? this.root : join(this.root, path);
    const all = readdirSync(existsSync(folder) ? folder : this.root).filter((entry) => /\.ts$/.test(entry));
    const wanted = [file, name].map((word) => `${word.toLowerCase()}.d.ts`);
    const likely = all.filter((entry) => wanted.includes(entry.toLowerCase()));
    const places = likely.length > 0 ? likely : all.filter((entry) => entry !== "index.d.ts");
    return places.map((entry) => join(existsSync(folder) ? folder : this.root, entry));
  }

  private members(
    declaration: ts.InterfaceDeclaration | ts.TypeLiteralNode,
    scope: ts.Statement[],
  ): Map<string, Member> {
    const own = declaration.members.filter(ts.isPropertySignature).map((member): [string, Member] => {
      const optional = member.questionToken !== undefined;
      const shape = member.type ? this.shape(member.type, scope) : any;
      return [nameOf(member.name), { shape, required: !optional, replaces: saysReplaces.test(documentation(member)) }];
    });
    const inherited = ts.isInterfaceDeclaration(declaration)
      ? (declaration.heritageClauses ?? []).flatMap((clause) => clause.types).map((base) => base.expression)
      : [];
    const bases = inherited.filter(ts.isIdentifier).flatMap((base) => {
      const found = find(scope, base.text, ts.isInterfaceDeclaration);
      return found ? [...this.members(found, scope)] : [];
    });
    return new Map([...bases, ...own]);
  }

  private shape(node: ts.TypeNode, scope: ts.Statement[]): Shape {
    switch (node.kind) {
      case ts.SyntaxKind.StringKeyword:
        return { kind: "string" };
      case ts.SyntaxKind.NumberKeyword:
        return { kind: "number" };
      case ts.SyntaxKind.BooleanKeyword:
        return { kind: "boolean" };
    }
    if (ts.isParenthesizedTypeNode(node) || ts.isTypeOperatorNode(node)) return this.shape(node.type, scope);
    if (ts.isArrayTypeNode(node)) return { kind: "array", item: this.shape(node.elementType, scope) };
    if (ts.isLiteralTypeNode(node)) return literal(node);
    if (ts.isUnionTypeNode(node)) {
      const parts = node.types.filter((part) => part.kind !== ts.SyntaxKind.UndefinedKeyword);
      const options = parts.map((part) => this.shape(part, scope));
      return options.length === 1 ? (options[0] ?? any) : { kind: "union", options };
    }
    if (ts.isTypeLiteralNode(node)) {
      const index = node.members.find(ts.isIndexSignatureDeclaration);
      if (index) return { kind: "map", item: this.shape(index.type, scope) };
      return { kind: "object", members: once(() => this.members(node, scope)) };
    }
    return ts.isTypeReferenceNode(node) ? this.referred(node, scope) : any;
  }

  private referred(node: ts.TypeReferenceNode, scope: ts.Statement[]): Shape {
    const path = entityPath(node.typeName);
    const name = path.at(-1) ?? "";
    const [first, second] = node.typeArguments ?? [];
    if (["Input", "Output", "Promise", "Unwrap"].includes(name) && first) return this.shape(first, scope);
    if (["Array", "ReadonlyArray"].includes(name) && first) return { kind: "array", item: this.shape(first, scope) };
    if (name === "Record" && second) return { kind: "map", item: this.shape(second, scope) };
    if (path[0] === "inputs") return this.nested(path.slice(1));
    if (path[0] === "enums") return this.enumeration(path.slice(1));
    const declared = find(scope, name, ts.isInterfaceDeclaration);
    if (declared) return { kind: "object", members: once(() => this.members(declared, scope)) };
    const alias = find(scope, name, ts.isTypeAliasDeclaration);
    return alias ? this.shape(alias.type, scope) : any;
  }

  /** Reads `inputs.ec2.InstanceRootBlockDevice`, parsing only that namespace of the SDK's one file of nested types. */
  private nested(path: string[]): Shape {
    const name = path.at(-1) ?? "";
    const members = once(() => {
      const file = join(this.root, "types", "input.d.ts");
      const outer = path.length > 1 ? path[0] : undefined;
      const top = this.parsed(`${file}#${outer ?? name}`, () =>
        slice(this.text(file), outer ? `export declare namespace ${outer} ` : `export interface ${name} `),
      );
      const scope = path.slice(0, -1).reduce(namespaced, top);
      const declaration = find(scope, name, ts.isInterfaceDeclaration);
      if (!declaration) throw new Error(`inputs.${path.join(".")} is not declared in ${file}`);
      return this.members(declaration, scope);
    });
    return { kind: "object", members };
  }

  private enumeration(path: string[]): Shape {
    const file = join(this.root, "types", "enums", ...path.slice(0, -1), "index.d.ts");
    if (!existsSync(file)) return any;
    const values = find(
      this.parsed(file, () => this.text(file)),
      path.at(-1) ?? "",
      ts.isTypeAliasDeclaration,
    );
    const constants = slice(this.text(file), `export declare const ${path.at(-1)}:`);
    const options = [...constants.matchAll(/readonly \w+: ("(?:[^"\\]|\\.)*"|-?[\d.]+);/g)].map(
      ([, value = "null"]): Shape => ({ kind: "literal", value: JSON.parse(value) }),
    );
    return values && options.length > 0 ? { kind: "union", options } : any;
  }

  private text(file: string): string {
    const text = this.texts.get(file) ?? readFileSync(file, "utf8");
    this.texts.set(file, text);
    return text;
  }

  private parsed(key: string, text: () => string): ts.Statement[] {
    const known = this.scopes.get(key);
    if (known) return known;
    const source = ts.createSourceFile(key, text(), ts.ScriptTarget.Latest);
    const statements = [...source.statements];
    this.scopes.set(key, statements);
    return statements;
  }
}

/** Gives the text from a declaration's first line to the brace that ends it, which alone stands at the line's start. */
function slice(text: string, start: string): string {
  const from = text.indexOf(start);
  if (from < 0) return "";
  const end = text.indexOf("\n}", from);
  return text.slice(from, end < 0 ? undefined : end + 2);
}

function find<T extends ts.Statement & { name?: ts.Identifier }>(
  statements: ts.Statement[],
  name: string,
  is: (node: ts.Node) => node is T,
): T | undefined {
  return statements.filter(is).find((statement) => statement.name?.text === name);
}

function namespaced(statements: ts.Statement[], name: string): ts.Statement[] {
  return statements
    .filter(ts.isModuleDeclaration)
    .filter((module) => module.name.text === name)
    .flatMap(({ body }) => (body && ts.isModuleBlock(body) ? [...body.statements] : []));
}

function literal(node: ts.LiteralTypeNode): Shape {
  if (ts.isStringLiteral(node.literal)) return { kind: "literal", value: node.literal.text };
  if (ts.isNumericLiteral(node.literal)) return { kind: "literal", value: Number(node.literal.text) };
  if (node.literal.kind === ts.SyntaxKind.TrueKeyword) return { kind: "literal", value: true };
  if (node.literal.kind === ts.SyntaxKind.FalseKeyword) return { kind: "literal", value: false };
  return any;
}

function entityPath(name: ts.EntityName): string[] {
  return ts.isIdentifier(name) ? [name.text] : [...entityPath(name.left), name.right.text];
}

function nameOf(name: ts.PropertyName): string {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : "";
}

function isStatic(member: ts.PropertyDeclaration): boolean {
  return (member.modifiers ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword);
}

function documentation(node: ts.Node): string {
  const comments = (node as { jsDoc?: ts.JSDoc[] }).jsDoc ?? [];
  const texts = comments.map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? "");
  return texts.join(" ").replace(/\s+/g, " ");
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
