// A Nomad job for one gateway, and the Nomad variable that carries its manifest: a change of the variable reaches the
// running task, a change of the job replaces it. Never `connect { gateway {} }`: with it Nomad writes the gateway's config
// entry itself and overwrites the one that the declaration made.

import {
  argumentsOf,
  type Directories,
  entrypointOf,
  environmentOf,
  MANIFEST_NAME,
  portSetting,
  portsOf,
  userOf,
} from "./container";
import { CONTAINER_RULES } from "./form-rules";
import {
  type ContainerOptions,
  DEFAULT_STOP_SECONDS,
  jsonText,
  type LaunchedGateway,
  type LaunchFile,
  launchName,
} from "./options";
import { fields, listOf, optional, type Rules, text, wholeNumber } from "./rules";
import { manifestVariable } from "./run-arguments";

export interface NomadOptions extends ContainerOptions {
  /** Where Nomad may place it. @default ["*"] - any */
  readonly datacenters?: readonly string[];
  /** Nomad's own. @default - the one that the job is submitted to */
  readonly namespace?: string;
  /** Instances. @default 1 */
  readonly count?: number;
  /** Item of a Nomad variable that holds a Consul token; written to the task's secrets. @default - no token */
  readonly tokenVariable?: { readonly path: string; readonly item: string };
  /** MHz. @default 500 */
  readonly cpu?: number;
  /** MiB. @default 512 */
  readonly memory?: number;
}

const ITEM = "manifest";
const WORD = text("letters, digits, _ and -", /^[\w-]+$/);

export const NOMAD_RULES: Rules<NomadOptions> = {
  ...CONTAINER_RULES,
  datacenters: optional(listOf(text(), 1)),
  namespace: optional(WORD),
  count: optional(wholeNumber(0, 1000)),
  // Letters, digits and _ alone can be named in a template without quoting.
  tokenVariable: optional(
    fields({
      path: text("the path of a Nomad variable", /^[\w~/-]+$/),
      item: text("letters, digits and _", /^[A-Za-z_]\w*$/),
    }),
  ),
  cpu: optional(wholeNumber(1, 2 ** 20)),
  memory: optional(wholeNumber(10, 2 ** 24)),
};

/** Nomad encrypts and stores no larger variable. */
export const NOMAD_VARIABLE_BYTES = 64 * 1024;

/** Folders of a task in its container. `alloc/data` moves with the group to its next place, `local` does not. */
const DIRECTORIES: Directories = { stateDir: "/alloc/data/consul-tgw", runDir: "/local/run" };
const TOKEN_FILE = "secrets/consul-token";
const NS_PER_S = 1_000_000_000;

/** `<gateway>.nomad.json` for `nomad job run -json`, `<gateway>.nv.json` for `nomad var put` where there is a manifest. */
export function renderNomad(gateway: LaunchedGateway, options: NomadOptions): readonly LaunchFile[] {
  const { gatewayName, manifest } = gateway;
  const { datacenters = ["*"], namespace, count = 1 } = options;
  const id = launchName(gatewayName);
  const path = `nomad/jobs/${id}`;
  const place = namespace === undefined ? {} : { Namespace: namespace };
  const job = {
    ID: id,
    Name: id,
    Type: "service",
    ...place,
    Datacenters: datacenters,
    TaskGroups: [
      {
        Name: "gateway",
        Count: count,
        Networks: [
          { ReservedPorts: labelled(gateway).map(({ name, port }) => ({ Label: name, Value: port, To: port })) },
        ],
        EphemeralDisk: { Sticky: true, Migrate: true },
        Volumes: credentialMap(options, ({ source }) => ({ Type: "host", Source: source, ReadOnly: true })),
        Tasks: [task(gateway, path, options)],
      },
    ],
  };
  const variable = jsonText({ ...place, Path: path, Items: { [ITEM]: manifest } });
  return [
    { name: `${gatewayName}.nomad.json`, text: jsonText({ Job: job }) },
    ...(gateway.readsManifest ? [{ name: `${gatewayName}.nv.json`, text: variable }] : []),
  ];
}

/** A label of Nomad's takes no dash. */
const labelled = (gateway: LaunchedGateway) => portsOf(gateway, "_");

function task(gateway: LaunchedGateway, path: string, options: NomadOptions): object {
  const { image, tokenVariable, stopSeconds = DEFAULT_STOP_SECONDS, cpu = 500, memory = 512 } = options;
  const user = userOf(options);
  const setting = portSetting(gateway);
  return {
    Name: "gateway",
    Driver: "docker",
    User: String(user),
    Config: {
      image,
      entrypoint: entrypointOf(options),
      args: argumentsOf(gateway, options, DIRECTORIES),
      ports: labelled(gateway).map(({ name }) => name),
      readonly_rootfs: true,
      cap_drop: ["all"],
      security_opt: ["no-new-privileges"],
      // Blocks of the driver: lists of maps.
      ulimit: [{ nofile: "1048576" }],
      ...(setting === undefined ? {} : { sysctl: [{ [setting.name]: setting.value }] }),
    },
    Env: environmentOf(options, {
      ...manifestVariable(gateway, `/local/manifest/${MANIFEST_NAME}`),
      ...(tokenVariable === undefined ? {} : { CONSUL_HTTP_TOKEN_FILE: `/${TOKEN_FILE}` }),
    }),
    Templates: [
      ...(gateway.readsManifest ? [template(path, ITEM, `local/manifest/${MANIFEST_NAME}`, "0444")] : []),
      ...(tokenVariable === undefined
        ? []
        : [{ ...template(tokenVariable.path, tokenVariable.item, TOKEN_FILE, "0400"), Uid: user, Gid: user }]),
    ],
    VolumeMounts: Object.entries(credentialMap(options, ({ mountPath }) => mountPath)).map(([Volume, Destination]) => ({
      Volume,
      Destination,
      ReadOnly: true,
    })),
    Resources: { CPU: cpu, MemoryMB: memory },
    KillSignal: "SIGTERM",
    KillTimeout: stopSeconds * NS_PER_S,
  };
}

/** The process sees a changed file by itself: no restart, no signal. */
function template(path: string, item: string, file: string, mode: string): object {
  return {
    EmbeddedTmpl: `{{ with nomadVar "${path}" }}{{ .${item} }}{{ end }}`,
    DestPath: file,
    ChangeMode: "noop",
    Perms: mode,
  };
}

function credentialMap<T>(
  { credentials = [] }: ContainerOptions,
  make: (mount: { readonly source: string; readonly mountPath: string }) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(credentials.map((mount, index) => [`credentials-${index}`, make(mount)]));
}
