// Real checkers of launch texts, found or got by tools/parts/get-checkers.mjs, and what each says of a text.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Ajv2020 from "ajv/dist/2020";

/**
 * Folder of the checkers; undefined when they cannot be had, after one loud line; under CI=true that throws instead. Wrap it
 * in describePart().
 */
export function launchCheckers(): string | undefined {
  const tool = join(__dirname, "../../tools/parts/get-checkers.mjs");
  try {
    return execFileSync(process.execPath, [tool], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
  } catch (error) {
    if (process.env.CI === "true") throw new Error("no checkers of launch texts, see the line above", { cause: error });
    process.stderr.write("SKIPPED: tests that need the checkers of launch texts\n");
    return undefined;
  }
}

/**
 * Complaints of ShellCheck about a script; "" for none. Left out: SC2016, as a `$` in single quotes is meant to stay one, and
 * SC1003, as a script that is quoted for another shell has quotes in quotes.
 */
export function shellcheck(checkers: string, script: string): string {
  const { stdout, stderr } = spawnSync(join(checkers, "shellcheck"), ["--exclude=SC2016,SC1003", "--shell=sh", "-"], {
    input: script,
    encoding: "utf8",
  });
  return stdout + stderr;
}

/** What Compose itself makes of the files in `folder`, in a project file `compose.yaml`. Throws its complaint. */
export function composeConfig(
  checkers: string,
  folder: string,
  files: Readonly<Record<string, string>>,
  flags: string[],
) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const { status, stdout, stderr } = spawnSync(
    join(checkers, "docker-compose"),
    ["--file", join(folder, "compose.yaml"), "config", ...flags],
    { encoding: "utf8", env: { PATH: process.env.PATH, HOME: folder } },
  );
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** Documents of a YAML text, as a YAML parser in `version` reads them. */
export function yamlDocuments(checkers: string, text: string, version: "1.1" | "1.2"): unknown[] {
  const program = `
import json, sys
from ruamel.yaml import YAML
yaml = YAML(typ="safe", pure=True)
yaml.version = tuple(int(each) for each in sys.argv[1].split("."))
print(json.dumps(list(yaml.load_all(sys.stdin.buffer.read().decode()))))`;
  return JSON.parse(python(checkers, program, [version], text)) as unknown[];
}

/** Complaints of Kubernetes' own schema about an object, unknown fields among them; [] for none. */
export function kubernetesErrors(checkers: string, object: unknown): readonly string[] {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  const name = `${kind.toLowerCase()}-${apiVersion.replace("/", "-")}.json`;
  const schema = (file: string): object =>
    JSON.parse(readFileSync(join(checkers, "kubernetes", file), "utf8")) as object;
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(schema("_definitions.json"), "_definitions.json");
  const validate = ajv.compile(schema(name));
  validate(object);
  return (validate.errors ?? []).map((each) => `${each.instancePath} ${each.message} ${JSON.stringify(each.params)}`);
}

/** Complaints of AWS's own API model about the input of RegisterTaskDefinition; "" for none. */
export function taskDefinitionErrors(checkers: string, input: object): string {
  const program = `
import json, sys
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
model = ServiceModel(Loader().load_service_model("ecs", "service-2"))
shape = model.operation_model("RegisterTaskDefinition").input_shape
print(ParamValidator().validate(json.load(sys.stdin), shape).generate_report())`;
  return python(checkers, program, [], JSON.stringify(input)).trim();
}

function python(checkers: string, program: string, args: readonly string[], input: string): string {
  return execFileSync("python3", ["-B", "-c", program, ...args], {
    input,
    encoding: "utf8",
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PYTHONPATH: join(checkers, "python"), PYTHONUTF8: "1" },
  });
}
