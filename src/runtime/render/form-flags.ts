// The options of each launch form as flags of `consul-tgw render <form>`: how each is written, and what is read from it.

import type { LaunchForm, LaunchOptions } from "../../launch/render-launch";

export interface FormFlag {
  /** As commander wants it: with `<value>` unless it is a switch. */
  readonly flag: string;
  readonly help: string;
  /** One text → the option's value, or one element of a list. Rules are the renderer's: what is wrong passes through. */
  readonly read?: (text: string) => unknown;
  /** Given several times: a list, or a map of entries. */
  readonly repeat?: "list" | "map";
}

/** These are read from flags that every form has. */
type Shared = "consul" | "arguments" | "tokenFile";
type FlagsOf<O> = { readonly [K in Exclude<keyof Required<O>, Shared>]: FormFlag };

/** Left to the rules where it is no number. */
const whole = (text: string): unknown => (/^\d+$/.test(text) ? Number(text) : text);

/** `first:second`, divided at the last colon, as the first may hold some. */
const pair =
  (first: string, second: string) =>
  (text: string): unknown => {
    const at = text.lastIndexOf(":");
    return at < 0 ? { [first]: text } : { [first]: text.slice(0, at), [second]: text.slice(at + 1) };
  };

const variable = (text: string): unknown => {
  const at = text.indexOf("=");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
};

const ENVIRONMENT: FormFlag = {
  flag: "--env <NAME=value>",
  help: "variable of the process, never a token; repeat for several",
  read: variable,
  repeat: "map",
};
const STOP: FormFlag = { flag: "--stop-seconds <n>", help: "time to drain and stop; default 30", read: whole };
const command = (standard: string): FormFlag => ({
  flag: "--command <word>",
  help: `program and arguments before run, a word each; default ${standard}`,
  repeat: "list",
});
const PROCESS = { environment: ENVIRONMENT, stopSeconds: STOP };

const HOST: FlagsOf<LaunchOptions["systemd"]> = {
  ...PROCESS,
  command: command("/usr/local/bin/consul-tgw"),
  directory: {
    flag: "--directory <dir>",
    help: "of manifest and environment file on the host; default /etc/consul-terminating-gateway",
  },
  user: { flag: "--user <name>", help: "system user; default one that systemd makes" },
};

const container = (
  source: string,
): Pick<FlagsOf<LaunchOptions["kubernetes"]>, keyof typeof PROCESS | ContainerFlag> => ({
  ...PROCESS,
  image: { flag: "--image <name>", help: "with consul-tgw and Envoy; required" },
  command: command("consul-tgw"),
  user: { flag: "--user <id>", help: "user and group id; default 65532", read: whole },
  credentials: {
    flag: "--credentials <source:dir>",
    help: `where the services' certificate files come from: ${source}, and their directory; repeat for several`,
    read: pair("source", "mountPath"),
    repeat: "list",
  },
});
type ContainerFlag = "image" | "command" | "user" | "credentials";

export const FORM_FLAGS: { readonly [F in LaunchForm]: FlagsOf<LaunchOptions[F]> } = {
  systemd: HOST,
  "cloud-init": {
    ...HOST,
    setup: { flag: "--setup <command>", help: "shell command before the start; repeat for several", repeat: "list" },
    gzipBase64: { flag: "--gzip", help: "compress the manifest" },
    maxBytes: { flag: "--max-bytes <n>", help: "what the cloud takes as user data; default 16384", read: whole },
  },
  compose: container("a directory of the host"),
  kubernetes: {
    ...container("a Secret"),
    namespace: { flag: "--kubernetes-namespace <name>", help: "default the one that the files are applied to" },
    replicas: { flag: "--replicas <n>", help: "pods; default 1", read: whole },
    tokenSecret: {
      flag: "--token-secret <name:key>",
      help: "key of a Secret with a Consul token",
      read: pair("name", "key"),
    },
    stateClaim: { flag: "--state-claim <name>", help: "PersistentVolumeClaim for the private state" },
    serviceAccount: { flag: "--service-account <name>", help: "default the namespace's own" },
  },
  nomad: {
    ...container("a host volume"),
    datacenters: {
      flag: "--nomad-datacenter <name>",
      help: "where it may run; repeat for several, default any",
      repeat: "list",
    },
    namespace: { flag: "--nomad-namespace <name>", help: "default the one that the job is submitted to" },
    count: { flag: "--count <n>", help: "instances; default 1", read: whole },
    tokenVariable: {
      flag: "--token-variable <path:item>",
      help: "item of a Nomad variable with a Consul token",
      read: pair("path", "item"),
    },
    cpu: { flag: "--cpu <MHz>", help: "default 500", read: whole },
    memory: { flag: "--memory <MiB>", help: "default 512", read: whole },
  },
  ecs: {
    ...container("a volume of the task"),
    manifestVolume: {
      flag: "--manifest-volume <name>",
      help: "volume of the task with manifest.json at its root; required with a manifest",
    },
    stateVolume: { flag: "--state-volume <name>", help: "for the private state; default one that ends with the task" },
    tokenSecretArn: { flag: "--token-secret-arn <arn>", help: "Secrets Manager or SSM, with a Consul token" },
    logs: {
      flag: "--logs <group:region>",
      help: "CloudWatch logs; default none are kept",
      read: pair("group", "region"),
    },
  },
  shell: {
    environment: ENVIRONMENT,
    command: command("consul-tgw"),
    stateDir: { flag: "--state-dir <dir>", help: "default as for run" },
    runDir: { flag: "--run-dir <dir>", help: "default as for run" },
  },
};

/** Where a token is a file that the form reads by its path. */
export const TAKES_TOKEN_FILE: ReadonlySet<LaunchForm> = new Set(["systemd", "cloud-init", "compose", "shell"]);

/** Flags of one form, by option. */
export function flagsOf(form: LaunchForm): readonly (readonly [string, FormFlag])[] {
  return Object.entries(FORM_FLAGS[form]);
}

/** `--stop-seconds <n>` → `--stop-seconds` */
export function nameOf({ flag }: FormFlag): string {
  return flag.replace(/ .*$/, "");
}

/** Key that commander gives a flag's value: `--stop-seconds <n>` → `stopSeconds`. */
export function keyOf(flag: FormFlag): string {
  return nameOf(flag)
    .slice(2)
    .replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
