// Generates src/runtime/xds/gen from the .proto files of an npm package (no downloads, nothing vendored).
// Skips when the inputs have not changed. Run by `npm run build` and `npm test`; `--force` regenerates.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { generateLean } from "./gen-lean.mjs";
import { putInPlace } from "./put-in-place.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(join(root, "package.json"));
const out = join(root, "src/runtime/xds/gen");
const stampFile = join(out, ".stamp");
const deps = join(root, "node_modules/@grpc/grpc-js-xds/deps");

/** The messages that we build or read; buf adds what they import. */
const ROOTS = [
  "envoy/service/discovery/v3/ads.proto",
  "envoy/config/bootstrap/v3/bootstrap.proto",
  "envoy/config/cluster/v3/cluster.proto",
  "envoy/config/endpoint/v3/endpoint.proto",
  "envoy/config/listener/v3/listener.proto",
  "envoy/config/core/v3/extension.proto",
  "envoy/config/rbac/v3/rbac.proto",
  "envoy/extensions/access_loggers/file/v3/file.proto",
  "envoy/extensions/filters/common/set_filter_state/v3/value.proto",
  "envoy/extensions/filters/http/rbac/v3/rbac.proto",
  "envoy/extensions/filters/http/router/v3/router.proto",
  "envoy/extensions/filters/http/set_filter_state/v3/set_filter_state.proto",
  "envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector.proto",
  "envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto",
  "envoy/extensions/filters/network/rbac/v3/rbac.proto",
  "envoy/extensions/filters/network/set_filter_state/v3/set_filter_state.proto",
  "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.proto",
  "envoy/extensions/http/early_header_mutation/header_mutation/v3/header_mutation.proto",
  "envoy/extensions/matching/common_inputs/network/v3/network_inputs.proto",
  "envoy/extensions/matching/common_inputs/ssl/v3/ssl_inputs.proto",
  "envoy/extensions/transport_sockets/internal_upstream/v3/internal_upstream.proto",
  "envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer.proto",
  "envoy/extensions/transport_sockets/tls/v3/tls.proto",
  "envoy/extensions/upstreams/http/v3/http_protocol_options.proto",
  "envoy/type/matcher/v3/http_inputs.proto",
];

/**
 * Fields newer than the package's protos (Envoy 1.31 level): file, message, declarations.
 * Numbers are those of the Envoy API; see RATIONALE.md.
 */
const OVERLAYS = [
  [
    "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.proto",
    "TcpProxy",
    `
  UpstreamConnectMode upstream_connect_mode = 21;
  google.protobuf.UInt32Value max_early_data_bytes = 22;`,
  ],
  [
    "envoy/extensions/transport_sockets/tls/v3/tls.proto",
    "UpstreamTlsContext",
    `
  bool auto_host_sni = 6;
  bool auto_sni_san_validation = 7;`,
  ],
  [
    "envoy/config/common/mutation_rules/v3/mutation_rules.proto",
    "HeaderMutation",
    `
  message RemoveOnMatch {
    type.matcher.v3.StringMatcher key_matcher = 1;
  }`,
  ],
];
/** As OVERLAYS, for members of a oneof and imports: file, the line before them, declarations. */
const INNER_OVERLAYS = [
  [
    "envoy/config/common/mutation_rules/v3/mutation_rules.proto",
    "oneof action {",
    "    RemoveOnMatch remove_on_match = 3;",
  ],
  [
    "envoy/config/common/mutation_rules/v3/mutation_rules.proto",
    'import "envoy/type/matcher/v3/regex.proto";',
    'import "envoy/type/matcher/v3/string.proto";',
  ],
];
const NEW_TYPES = [
  [
    "envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.proto",
    `
enum UpstreamConnectMode {
  IMMEDIATE = 0;
  ON_DOWNSTREAM_DATA = 1;
  ON_DOWNSTREAM_TLS_HANDSHAKE = 2;
}
`,
  ],
];

function edit(folder, file, change) {
  const path = join(folder, file);
  const before = readFileSync(path, "utf8").replaceAll("\r\n", "\n");
  const after = change(before);
  if (after === before) throw new Error(`${file}: the overlay found nothing to change`);
  writeFileSync(path, after);
}

const version = (name) => require(`${name}/package.json`).version;
const stamp = createHash("sha256")
  .update(readFileSync(fileURLToPath(import.meta.url)))
  .update(readFileSync(join(root, "tools/gen-lean.mjs")))
  .update(version("@grpc/grpc-js-xds") + version("@bufbuild/protoc-gen-es") + version("@bufbuild/buf"))
  .digest("hex");

if (!process.argv.includes("--force") && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) {
  process.exit(0);
}
console.error("generating protobuf code for Envoy's xDS API …");
const work = mkdtempSync(join(tmpdir(), "tgw-proto-"));
// On the file system of `out`, so that it can be put in place.
const fresh = join(root, `.cache/gen-${process.pid}`);
mkdirSync(fresh, { recursive: true });
try {
  const modules = ["envoy-api", "xds", "googleapis", "protoc-gen-validate"];
  for (const m of modules) cpSync(join(deps, m), join(work, m), { recursive: true });
  // The bundled validate.proto (2020) lacks a field that the Envoy protos use; buf refuses them without it.
  edit(work, "protoc-gen-validate/validate/validate.proto", (s) =>
    s.replace(/^(message (?!FieldRules)\w+Rules \{)/gm, "$1\n    optional bool ignore_empty = 1000;"),
  );
  for (const [file, message, fields] of OVERLAYS) {
    edit(join(work, "envoy-api"), file, (s) => s.replace(new RegExp(`^message ${message} \\{`, "m"), `$&${fields}`));
  }
  for (const [file, before, line] of INNER_OVERLAYS) {
    edit(join(work, "envoy-api"), file, (s) => s.replace(before, `${before}\n${line}`));
  }
  for (const [file, text] of NEW_TYPES) edit(join(work, "envoy-api"), file, (s) => s + text);
  writeFileSync(join(work, "buf.yaml"), `version: v2\nmodules:\n${modules.map((m) => `  - path: ${m}\n`).join("")}`);
  writeFileSync(
    join(work, "buf.gen.yaml"),
    JSON.stringify({
      version: "v2",
      plugins: [
        {
          local: [process.execPath, join(root, "node_modules/@bufbuild/protoc-gen-es/bin/protoc-gen-es")],
          out: fresh,
          strategy: "all",
          include_imports: true,
          opt: ["target=ts", "import_extension=none"],
        },
      ],
    }),
  );
  const buf = join(root, "node_modules/@bufbuild/buf/bin/buf");
  const paths = ROOTS.flatMap((r) => ["--path", join("envoy-api", r)]);
  const options = { cwd: work, stdio: ["ignore", "inherit", "inherit"] };
  execFileSync(process.execPath, [buf, "generate", ...paths], options);
  execFileSync(process.execPath, [buf, "build", ...paths, "--as-file-descriptor-set", "-o", "image.binpb"], options);
  generateLean({ image: readFileSync(join(work, "image.binpb")), roots: ROOTS, out: fresh });
  writeFileSync(join(fresh, ".stamp"), stamp);
  putInPlace(fresh, out);
} finally {
  rmSync(fresh, { recursive: true, force: true });
  rmSync(work, { recursive: true, force: true });
}
